"""The main job, shown: a real Neovim, a real file, the real server."""
