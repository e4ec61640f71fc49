-- Waits for a diagnostic, says what there is, and leaves.
vim.wait(20000, function() return #vim.diagnostic.get(0) > 0 end, 10)
local lines = { "type " .. vim.bo.filetype, "comment " .. vim.bo.commentstring }
for _, found in ipairs(vim.diagnostic.get(0)) do table.insert(lines, found.message) end
table.insert(lines, vim.fn.execute("messages"))
io.stdout:write(table.concat(lines, "\n") .. "\n")
vim.cmd("qa!")
