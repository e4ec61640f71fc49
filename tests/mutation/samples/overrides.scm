(string) @string
(comment) @comment.inclusive
