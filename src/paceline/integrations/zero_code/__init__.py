"""The zero-code start, `paceline run`: how paceline gets into a command whose source does not know of it.

`environment` prepares the command's environment, `at_start` is what each of its Python processes runs first,
`applications` waits for the first call of an application, `watching` then installs. May live here: that way in, and
nothing that an installed application needs afterwards. A process that serves nothing pays for a finder, no more.
"""
