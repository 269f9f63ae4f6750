-- What `make check` asks of the Lua of the Neovim plugin.
std = 'luajit'
globals = { 'vim' }
max_line_length = 100
files['tests'] = { read_globals = { 'answers', 'sent', 'progress' }, globals = { 'told' } }
