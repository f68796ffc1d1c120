#!/bin/sh
# What nobody sends by accident. Each such file is held or refused with its reason, its neighbours in
# the same run are loaded, and nothing outside of spool and drop boxes changes.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/forms.sh
. tests/e2e/forms.sh

reject_limit='50%'
LANDPORT_NOW=2026-03-02T20:00:00Z
export LANDPORT_NOW
e2e_hub
"$landport" sample --orders 20 --seed 3 --faults 0% --date 20260302 --dir "$work/day" >/dev/null
iconv -f GB18030 -t UTF-8 "$work"/day/LYPAY01/PAYMENT_*.csv | tr -d '\r' >"$work/plain.csv"
rows=$(($(wc -l <"$work/plain.csv") - 1))
in=$work/sftp/LYPAY01/in
out=$work/sftp/LYPAY01/out
made=$work/made
mkdir -p "$made/parts"
parts=$made/parts
cp "$work/plain.csv" "$parts/PAYMENT_x.csv"

# wanted STATE CODE NAME: what is to become of that file in $made; code - for none
wanted() {
    printf '%s\n' "$*" >>"$work/wanted"
}

# copies N FILE: its content so often
copies() {
    count=$1
    while [ "$count" -gt 0 ]; do
        cat "$2"
        count=$((count - 1))
    done
}

# --- archives ---
bsdtar -c -f "$made/PAYMENT_up.zip" --format zip -P -s '|^|../../../|' -C "$parts" PAYMENT_x.csv
wanted held E3060 PAYMENT_up.zip
bsdtar -c -z -f "$made/PAYMENT_root.tgz" -P -s "|^|$work/planted_|" -C "$parts" PAYMENT_x.csv
wanted held E3060 PAYMENT_root.tgz
while read -r name entry; do
    printf '#mtree\n%s mode=0644 uid=0 gid=0\nPAYMENT_x.csv type=file content=%s\n' \
        "$entry" "$parts/PAYMENT_x.csv" >"$parts/spec"
    bsdtar -c -f "$made/PAYMENT_$name.tar" --format pax "@$parts/spec"
    wanted held E3011 "PAYMENT_$name.tar"
done <<END
symlink link type=link link=/etc/passwd
char dev type=char device=native,1,5
block dev type=block device=native,8,0
fifo pipe type=fifo
END
(cd "$parts" && ln PAYMENT_x.csv hard && tar -c -f "$made/PAYMENT_hard.tar" PAYMENT_x.csv hard)
tar --delete -f "$made/PAYMENT_hard.tar" PAYMENT_x.csv
wanted held E3011 PAYMENT_hard.tar
odd=$(printf 'a\377\377b.csv')
(cd "$parts" && cp PAYMENT_x.csv "$odd" && tar -c -f "$made/PAYMENT_bytes.tar" "$odd")
wanted held E3011 PAYMENT_bytes.tar

# --- bombs: 64 MiB of zeros, packed, and many of them ---
head -c 64M /dev/zero >"$parts/0.csv"
(cd "$parts" && zip -q "$made/PAYMENT_flat.zip" 0.csv)
wanted held E3003 PAYMENT_flat.zip
(cd "$parts" && zip -q inner.zip 0.csv && zip -q "$made/PAYMENT_nested.zip" inner.zip)
wanted held E3003 PAYMENT_nested.zip
(cd "$parts" && zip -q middle.zip inner.zip && zip -q "$made/PAYMENT_deep.zip" middle.zip)
wanted held E3030 PAYMENT_deep.zip
gzip -9 -c "$parts/0.csv" >"$parts/0.gz"
copies 20 "$parts/0.gz" >"$parts/20.gz"
copies 35 "$parts/20.gz" >"$made/PAYMENT_44g.gz"
wanted held E3003 PAYMENT_44g.gz
xz -9 -c "$parts/0.csv" >"$parts/0.xz"
copies 700 "$parts/0.xz" >"$made/PAYMENT_44g.xz"
wanted held E3003 PAYMENT_44g.xz
bsdtar -c -f "$parts/0.zst" --format raw --zstd --options zstd:compression-level=19 -C "$parts" 0.csv
copies 700 "$parts/0.zst" >"$made/PAYMENT_44g.zst"
wanted held E3003 PAYMENT_44g.zst
# each entry quotes the header of the next one as its own first bytes, and all end in one stream
tail -c +11 "$parts/0.gz" | head -c -8 | perl -e '
    my ($files, $size) = (250, 64 << 20);
    binmode STDIN; binmode STDOUT; local $/;
    my ($data, @directory) = scalar <STDIN>;
    my $tail = "";
    for my $i (reverse 0 .. $files - 1) {
        my $name = sprintf "PAYMENT_%03d.csv", $i;
        my $fields = pack "vvvvvVVVvv", 20, 0, 8, 0, 0x5821, 0, length $data, $size, length $name, 0;
        my $header = "PK\3\4" . $fields . $name;
        $tail = $header . $data;
        unshift @directory, [$fields, $name, length $tail];
        my $n = length $header;
        $data = pack("Cvv", 0, $n, ~$n & 0xffff) . $tail;
        $size += $n;
    }
    my $list = join "", map {
        "PK\1\2" . pack("v", 20) . $_->[0] . pack("vvvVV", 0, 0, 0, 0, length($tail) - $_->[2]) . $_->[1]
    } @directory;
    print $tail, $list, pack "VvvvvVVv", 0x06054b50, 0, 0, $files, $files, length $list, length $tail, 0;
' >"$made/PAYMENT_quoted.zip"
ok 'the zip that quotes itself is one' bsdtar -t -f "$made/PAYMENT_quoted.zip"
wanted held E3011 PAYMENT_quoted.zip
# a file that was deleted from the directory of a zip, which lies in a zip, and whose bytes are still there;
# a zip of which programs that go by the headers show other names than those that go by the directory
sed '2,3s/,/,GHOST/2' "$work/plain.csv" >"$parts/PAYMENT_ghost.csv"
python3 - "$parts" "$made" <<'END'
import struct, sys, zipfile
parts, made = sys.argv[1:]
with zipfile.ZipFile(parts + '/two.zip', 'w') as z:
    z.write(parts + '/PAYMENT_ghost.csv', 'PAYMENT_ghost.csv')
    z.write(parts + '/PAYMENT_x.csv', 'PAYMENT_x.csv')
two = open(parts + '/two.zip', 'rb').read()
at, end = two.index(b'PK\1\2'), two.index(b'PK\5\6')
length = 46 + sum(struct.unpack('<HHH', two[at + 28:at + 34]))
size, start = struct.unpack('<II', two[end + 12:end + 20])
ghost = two[:at] + two[at + length:end] + struct.pack('<4sHHHHIIH', b'PK\5\6', 0, 0, 1, 1, size - length, start, 0)
with zipfile.ZipFile(made + '/PAYMENT_ghost.zip', 'w') as z:
    z.writestr('inner.zip', ghost)
with zipfile.ZipFile(made + '/PAYMENT_names.zip', 'w') as z:
    z.writestr('inner.zip', two.replace(b'PAYMENT_x.csv', b'PAYMENT_y.csv', 1))
END
wanted loaded - PAYMENT_ghost.zip
wanted held E3011 PAYMENT_names.zip

# --- XML ---
laughs() {
    printf '<?xml version="1.0"?><!DOCTYPE payments [<!ENTITY l0 "ha">'
    for i in 1 2 3 4 5 6 7 8 9; do
        printf '<!ENTITY l%d "' "$i"
        for _ in 1 2 3 4 5 6 7 8 9 10; do printf '&l%d;' $((i - 1)); done
        printf '">'
    done
    printf ']><payments><payment><payNo>&l9;</payNo></payment></payments>'
}
laughs >"$made/PAYMENT_laughs.xml"
wanted held E3022 PAYMENT_laughs.xml
printf '<!DOCTYPE payments [<!ENTITY x SYSTEM "file:///etc/passwd">]><payments><payment><payNo>&x;</payNo></payment></payments>' \
    >"$made/PAYMENT_xxe.xml"
wanted held E3022 PAYMENT_xxe.xml
printf '<!DOCTYPE payments SYSTEM "http://127.0.0.1:%s/x.dtd"><payments><payment><payNo>1</payNo></payment></payments>' \
    "$port" >"$made/PAYMENT_dtd.xml"
wanted held E3022 PAYMENT_dtd.xml
printf '<?xml version="1.0" encoding="Big5"?><payments><payment><payNo>1</payNo></payment></payments>' >"$made/PAYMENT_big5.xml"
wanted held E3009 PAYMENT_big5.xml
{
    printf '<payments>'
    yes '<payment>' | head -n 100000
} >"$made/PAYMENT_deep.xml"
wanted held E3003 PAYMENT_deep.xml
{
    printf '<payments><payment '
    yes 'a="1"' | head -n 200000 | awk '{ print "a" NR "=\"1\"" }'
    printf '/></payments>'
} >"$made/PAYMENT_attributes.xml"
wanted held E3003 PAYMENT_attributes.xml

# --- text ---
{ cat "$work/plain.csv" && head -c 100M /dev/zero | tr '\0' x && echo ',2'; } >"$made/PAYMENT_field.csv"
wanted loaded - PAYMENT_field.csv
{ printf 'payNo' && yes ,a | head -n 999999 | tr -d '\n' && printf '\n1\n'; } >"$made/PAYMENT_columns.csv"
wanted held E3003 PAYMENT_columns.csv
sed '3s/,/,\x00/; 4s/,/,\xff/' "$work/plain.csv" >"$made/PAYMENT_nul.csv"
wanted loaded - PAYMENT_nul.csv
# what is shown of it would be another text than what is there
awk -F, -v OFS=, 'NR == 2 { $3 = "A\342\200\256B" } NR == 3 { $7 = "\342\201\246" $7 } NR == 4 { $12 = $12 "\302\233" } { print }' \
    "$work/plain.csv" >"$made/PAYMENT_bidi.csv"
wanted loaded - PAYMENT_bidi.csv
head -c 300000 /dev/zero >"$made/PAYMENT_zeros.csv"
wanted rejected E3046 PAYMENT_zeros.csv

# what a spreadsheet would compute comes back as it was sent; of what we add nothing begins that way
awk -F, -v OFS=, 'NR == 1 { print; next }
    NR < 8 { $12 = substr("=+-@\t\r", NR - 1, 1) "1+1"; $9 = "=1" NR }
    { print }' "$work/plain.csv" >"$made/PAYMENT_formula.csv"
wanted loaded - PAYMENT_formula.csv

# --- workbooks ---
sheet 0 <"$work/plain.csv" >"$work/sheet.xml"
workbook "$made/PAYMENT_part.xlsx" "$work/sheet.xml"
zip -q -d "$made/PAYMENT_part.xlsx" xl/worksheets/sheet1.xml
wanted held E3016 PAYMENT_part.xlsx
workbook "$made/PAYMENT_book.xlsx" "$work/sheet.xml"
zip -q -d "$made/PAYMENT_book.xlsx" xl/workbook.xml
wanted held E3016 PAYMENT_book.xlsx
{
    sed '$d' "$work/sheet.xml"
    tr '\0' ' ' <"$parts/0.csv"
    tail -n 1 "$work/sheet.xml"
} >"$work/blanks.xml"
workbook "$made/PAYMENT_blanks.xlsx" "$work/blanks.xml"
wanted held E3003 PAYMENT_blanks.xlsx
{
    printf '<!DOCTYPE worksheet [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    sed 's/三月份收款/\&x;/' "$work/sheet.xml"
} >"$work/entity.xml"
workbook "$made/PAYMENT_entity.xlsx" "$work/entity.xml"
wanted held E3016 PAYMENT_entity.xlsx

# one part twice: programs show the first or the last of them
workbook "$made/PAYMENT_twice.xlsx" "$work/sheet.xml"
cp "$made/PAYMENT_twice.xlsx" "$made/PAYMENT_case.xlsx"
python3 - "$work/sheet.xml" "$made/PAYMENT_twice.xlsx" "$made/PAYMENT_case.xlsx" <<'END'
import sys, warnings, zipfile
warnings.simplefilter('ignore')
for book, part in zip(sys.argv[2:], ('xl/worksheets/sheet1.xml', 'xl/worksheets/Sheet1.XML')):
    with zipfile.ZipFile(book, 'a') as z:
        z.write(sys.argv[1], part)
END
wanted held E3013 PAYMENT_twice.xlsx
wanted held E3013 PAYMENT_case.xlsx
(cd "$made" && zip -q -X PAYMENT_inside.zip PAYMENT_twice.xlsx)
wanted held E3013 PAYMENT_inside.zip

# --- the names of the files themselves, and what else lies in in/ ---
i=0
while read -r name; do
    i=$((i + 1))
    { cat "$work/plain.csv" && head -c $i /dev/zero | tr '\0' '\n'; } >"$made/$name"
    wanted loaded - "$name"
done <<'END'
PAYMENT_0_first.csv
PAYMENT_good.csv
PAYMENT_x'"$(touch planted)`touch planted`;touch planted.csv
PAYMENT_%s%n..\..\{a,"b"}.csv
PAYMENT_zz_last.csv
END
# what a terminal obeys: U+009B, U+202E; in an archive as well
hides=$(printf 'PAYMENT_\302\233\342\200\256.csv')
{ cat "$work/plain.csv" && printf '\n\n\n\n\n\n\n'; } >"$made/$hides"
wanted loaded - "$hides"
cp "$made/$hides" "$parts/$hides"
(cd "$parts" && zip -q -X "$made/PAYMENT_hides.zip" "$hides" PAYMENT_x.csv)
cp "$made"/PAYMENT_* "$in/"
cp "$made/PAYMENT_good.csv" "$in/$(printf 'PAYMENT_\377.csv')"
cp "$made/PAYMENT_good.csv" "$in/$(printf 'PAYMENT_a\nb.csv')"
cp "$made/PAYMENT_good.csv" "$in/PAYMENT_$(printf '%0243d' 7)"
ln -s /etc/passwd "$in/PAYMENT_link.csv"
mkfifo "$in/PAYMENT_pipe.csv"
mkdir "$in/PAYMENT_folder.csv"

# surroundings: every file that no run should touch, with its size and time
surroundings() {
    find "$work" \( -path "$work/pg" -o -path "$work/spool" -o -path "$work/sftp" -o -name said -o -name run.out \
        -o -name landport.log -o -name sshd.log \) -prune -o -type f -printf '%p %s %T@\n' | sort
    find . \( -name '.git' -o -name 'build*' -o -name var \) -prune -o -type f -printf '%p %s %T@\n' | sort
    find / -maxdepth 1 -printf '%p %y\n' | sort
    cksum /etc/passwd
}
surroundings >"$work/sftp/before"
is 'a night of hostile files: 65' "$(night_status)" 65
surroundings >"$work/sftp/after"
same 'nothing around has changed' "$work/sftp/after" "$work/sftp/before"
while read -r state code name; do
    is "$name" "$(sql -v name="$name" <<'END'
SELECT state || ' ' || coalesce(code, '-') FROM hub.batch WHERE name = :'name'
END
)" "$state $code"
    [ "$state" = loaded ] || ok '... the ack says why' test -n \
        "$(xmllint --xpath "string(/*/*[local-name() = 'messageZh'])" "$out/$name.ack.xml")"
done <"$work/wanted"
is 'values that hide what they are are refused' "$(sql -c "SELECT line, column_name, r.code FROM hub.reject r
    JOIN hub.batch b USING (batch_id) WHERE b.name = 'PAYMENT_bidi.csv' ORDER BY line" | tr '\n' ' ')" \
    '2|payNo|E2024 3|ebcName|E2019 4|payerName|E2019 '
is 'what was deleted does not come alive' "$(sql -c "SELECT entry FROM hub.batch WHERE name = 'PAYMENT_ghost.zip'")" \
    inner.zip/PAYMENT_x.csv
rejects=$out/PAYMENT_formula.csv.rejects.csv
is 'rows that begin like formulas are refused for their amounts' "$(wc -l <"$rejects")" 7
sed -n '2,7p' "$made/PAYMENT_formula.csv" >"$work/sent"
sed -n '2,7s/,[0-9]*,[^,0-9]*,[E0-9; ]*,"\?[a-zA-Z]*: .*//p' "$rejects" >"$work/returned"
ok '... they come back byte for byte' cmp "$work/sent" "$work/returned"

is 'only what is no file, or has no name to answer to, is left' "$(find "$in" -mindepth 1 -printf '%y ' | tr ' ' '\n' | sort | tr -d '\n')" dffflp
is '... and the log says so' "$(grep -c 'is left in in/' "$work/landport.log")" 3
is 'a name that hides what it is is told without that' "$(xmllint --xpath 'string(/ack/file)' "$out/PAYMENT___.csv.ack.xml") $(
    xmllint --xpath "string(/ack/part[entry = 'PAYMENT___.csv']/entry)" "$out/PAYMENT_hides.zip.ack.xml")" 'PAYMENT___.csv PAYMENT___.csv'
is 'the good file was loaded once' "$(sql -c 'SELECT count(*) FROM hub.payment')" "$rows"

done_testing
