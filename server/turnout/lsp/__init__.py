"""The face to editors. Keep this file empty of imports: it runs before `initialize` is answered."""
