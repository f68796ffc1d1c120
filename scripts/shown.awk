# Which commands that a README shows no test runs. Reads the tests, then the READMEs: a command is run when a line of a test has its
# words in a row and its options.
BEGIN { lines = 0 }
FILENAME !~ /README\.md$/ {
    while (sub(/\\$/, "") && (getline more) > 0) $0 = $0 more
    if ($0 !~ /^[ \t]*#/) text[++lines] = " " $0 " "
    next
}
/^ +\$ / {
    sub(/^ +\$ +/, "")
    sub(/  +#.*/, "")
    n = split($0, part, / *\| */)
    for (p = 1; p <= n; p++) check(part[p])
}
function check(command,    w, k, words, options, n, i, o, found) {
    k = split(command, w, " ")
    if (w[1] != "landport" && w[1] !~ /^scripts\//) return
    words = w[1]; sub(/^(landport|scripts\/)/, "", words)
    i = 2
    if (w[i] == "-c") i += 2
    for (; i <= k && w[i] ~ /^[a-z][a-z-]*$/; i++) words = words " " w[i]
    n = 0
    for (; i <= k; i++) if (w[i] ~ /^--[a-z]/) { sub(/=.*/, "", w[i]); options[++n] = w[i] }
    sub(/^ /, "", words)
    for (i = 1; i <= lines && !found; i++) {
        found = words == "" || index(text[i], " " words " ") || index(text[i], "/" words " ")
        for (o = 1; o <= n && found; o++) found = index(text[i], " " options[o] " ")
    }
    if (!found) { print FILENAME ": no test runs \"" command "\""; bad = 1 }
}
END { exit bad }
