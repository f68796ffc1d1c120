# sql2c.awk - SQL files into C: a string SQL_<FOLDER>_<FILE> a file, a table to find them by name
# ("ingest/order"), and of the folders schema, functions and migrations a table each.
# Usage: awk -v header=statements.h -f sql2c.awk sql/*/*.sql > statements.c
# The order of the files is that of the tables. Comment and blank lines stay in the files.

function table_of(folder,    i) {
    print "const struct sql_file sql_" folder "[] = {"
    for (i = 1; i <= files; i++)
        if (index(names[i], folder "/") == 1)
            print "    {\"" substr(names[i], length(folder) + 2) "\", " symbols[i] "},"
    print "    {0, 0}};"
}
BEGIN {
    print "#include <string.h>\n#include \"statements.h\""
}
FNR == 1 {
    if (files)
        print "    \"\";"
    n = split(FILENAME, parts, "/")
    file = parts[n - 1] "/" parts[n]
    sub(/\.sql$/, "", file)
    symbol = toupper(file)
    gsub(/[^A-Z0-9]/, "_", symbol)
    names[++files] = file
    symbols[files] = "SQL_" symbol
    print "const char SQL_" symbol "[] ="
}
/^[ \t]*--/ || /^[ \t]*$/ { next }
{
    gsub(/\\/, "\\\\&")
    gsub(/"/, "\\\"")
    print "    \"" $0 "\\n\""
}
END {
    if (files)
        print "    \"\";"
    print "static const struct sql_file all[] = {"
    for (i = 1; i <= files; i++)
        print "    {\"" names[i] "\", " symbols[i] "},"
    print "};"
    table_of("schema")
    table_of("functions")
    table_of("migrations")
    print "const char *\nsql_find(const char *name)\n{"
    print "    for (size_t i = 0; i < sizeof all / sizeof *all; i++)"
    print "        if (!strcmp(all[i].name, name))\n            return all[i].text;"
    print "    return 0;\n}"

    print "/* made by sql2c.awk */\n#ifndef LANDPORT_STATEMENTS_H\n#define LANDPORT_STATEMENTS_H" > header
    print "struct sql_file {\n    const char *name, *text;\n};" > header
    print "/* Each ends with NULL; names without their folder. */" > header
    print "extern const struct sql_file sql_schema[], sql_functions[], sql_migrations[];" > header
    print "const char *sql_find(const char *name); /* \"ingest/order\"; NULL: no such file */" > header
    for (i = 1; i <= files; i++)
        print "extern const char " symbols[i] "[];" > header
    print "#endif" > header
}
