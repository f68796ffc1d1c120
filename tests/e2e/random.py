#!/usr/bin/env python3
"""Uploads at random, of which it is known what may come of them.

    random.py make KIND SEED COUNT FOLDER     files, and FOLDER/../expected.json, which grows
    random.py play KIND SEED COUNT BOX FOLDER COMMAND…   the same over several nights: COMMAND runs one
    random.py check FOLDER STATE              what did not come out right, a line each; nothing: all did

KIND   text book shift names archive; to play: grow (uploads with pauses), correct (rows that come back) and servers (odd ones)
STATE  JSON out of e2e/50-random.t: batches, payments (numbers), delivered (answers and bundles), told (texts partners and
       operators see)
A row that is right (good) has to be loaded where its file is, one that is wrong (bad) must never be; of
others (maybe) nothing is known but that they are counted. A name planted in a personal column (secret) is
seen by nobody but in the partner's own rows.
"""
import csv
import datetime
import hashlib
import io
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tarfile
import time
import warnings
import zipfile
import zlib

COLUMNS = [  # element, titles people give it
    ('payCode', ['支付企业代码', '支付机构代码']), ('payName', ['支付企业名称']), ('payNo', ['支付交易编号', '支付流水号']),
    ('ebpCode', ['电商平台代码', '平台代码']), ('ebpName', ['电商平台/海外仓名称', '平台名称']),
    ('ebcCode', ['电商企业代码']), ('ebcName', ['电商企业名称']), ('orderNo', ['电商订单/海外仓订仓单编号', '订单编号']),
    ('charge', ['收款金额']), ('currency', ['币制']), ('accountingDate', ['到账时间']),
    ('payerName', ['支付人姓名']), ('telephone', ['支付人电话']), ('note', ['备注'])]
OPTIONAL = ['ebpName', 'ebcName', 'payerName', 'telephone', 'note']
NAMES = ['欧阳锋利', '司徒静雯', 'Zacharias Quux', 'Bärbel Ünlü', '慕容青莲']

warnings.simplefilter('ignore')  # the same name twice in a zip is meant
number = [0]


def row(r, seed):
    number[0] += 1
    n = '%s%06d' % (seed, number[0])
    return {'payCode': '91350800MA36H4PB09', 'payName': '龙岩汇通支付有限公司', 'payNo': 'R' + n,
            'ebpCode': '91350800MA35C2LA3Q', 'ebpName': '龙岩跨境电商综合服务平台', 'ebcCode': '350896010A',
            'ebcName': '长汀县客家竹艺有限公司', 'orderNo': 'LY' + n, 'charge': '%d.%02d' % (r.randint(1, 999), r.randint(0, 99)),
            'currency': '502', 'accountingDate': '202603011%d%02d19' % (r.randint(0, 9), r.randint(0, 59)),
            'payerName': '', 'telephone': '', 'note': ''}


def spoil(r, v):
    """Makes a row wrong."""
    what, value = r.choice([
        ('charge', '12x'), ('charge', ''), ('charge', '#N/A'), ('charge', '########'), ('charge', '-5.00'), ('charge', '1.2.3'),
        ('accountingDate', 'yesterday'), ('accountingDate', '20261301000000'), ('accountingDate', ''), ('accountingDate', '20990101000000'),
        ('payCode', '91350800MA36H4PB0X'), ('payCode', '3508960009'), ('payNo', 'NULL'), ('payNo', ''), ('payNo', '#REF!'),
        ('orderNo', '\\N'), ('orderNo', 'LY\u202e123'), ('orderNo', ''), ('ebcName', '????????'), ('ebcName', '\ufffd\ufffd'),
        ('currency', 'RMB'), ('currency', '999'), ('ebpCode', ''), ('payName', ''), ('payerName', 'A\u202eB'), ('payNo', 'EXAMPLE0001P1'),
        ('payNo', 'x' * 61), ('charge', '1' * 30)])
    v[what] = value
    return what


def vary(r, v):
    """Writes a row in another way, of which nobody says here whether it will do."""
    what, value = r.choice([
        ('accountingDate', '2026-03-01 12:15:19'), ('accountingDate', '2026/3/1 12:15'), ('charge', '1.3E+2'), ('charge', '１３.５０'),
        ('charge', '"1,234.50"'), ('charge', '￥13.50'), ('payNo', '="%s"' % v['payNo']), ('payNo', "'" + v['payNo']), ('note', 'TRUE'),
        ('currency', 'USD'), ('accountingDate', '46082.5'), ('payNo', v['payNo'] + '\u3000'), ('note', '=1+1'), ('note', '小计')])
    v[what] = value


def rows_of(r, seed, n, expect, columns, bad=0.2, maybe=0.15):
    rows = []
    for _ in range(n):
        v = row(r, seed)
        own = v['payNo']
        if r.random() < 0.5:
            v['payerName'], v['telephone'] = r.choice(NAMES), '+86 139%08d' % r.randint(0, 99999999)
        kind = r.random()
        if kind < bad:
            what = spoil(r, v)
            expect['bad' if what in columns else 'maybe'].append(own)
            expect['why'][own] = '%s %r' % (what, v[what])
        elif kind < bad + maybe:
            vary(r, v)
            expect['maybe'].append(own)
        else:
            expect['good'].append(own)
        rows.append(v)
    expect['rows'] = (expect['rows'] or 0) + n
    return rows


def new(file, rows=None):
    return {'file': file, 'rows': rows, 'good': [], 'maybe': [], 'bad': [], 'why': {}, 'secrets': [], 'told': 'ack', 'must': False}


def layout(r):
    """Columns in some order, with some title each."""
    columns = [c for c in COLUMNS if c[0] not in OPTIONAL or r.random() < 0.8]
    if r.random() < 0.4:
        r.shuffle(columns)
    style = r.choice(['name', 'title', 'alias', 'star', 'must'])
    titles = []
    for name, known in columns:
        t = name if style == 'name' else known[0] if style != 'alias' else r.choice(known)
        titles.append('*' + t if style == 'star' else t + '（必填）' if style == 'must' and name not in OPTIONAL else t)
    return [c[0] for c in columns], titles


def quoted(r, text, delimiter, always):
    if always or any(c in text for c in (delimiter, '"', '\n', '\r')):
        return '"' + text.replace('"', '""') + '"'
    return text


def as_text(r, rows, columns, titles):
    delimiter, end = r.choice(',,,;\t|'), r.choice(['\n', '\r\n'])
    always, ends = r.random() < 0.15, r.choice(['', '', '', 'early', 'late', 'all'])
    if ends == 'late' and len(rows) < 2:
        ends = ''  # one row shows no pattern: it may be an unquoted delimiter as well
    lines = [delimiter.join(quoted(r, t, delimiter, always) for t in titles)]
    cells = [[v[c] for c in columns] for v in rows]
    if ends == 'early':  # a spreadsheet ends each block of 16 rows where its last value is
        table = [titles] + cells
        for at in range(0, len(table), 16):
            block = table[at:at + 16]
            width = max(max([i + 1 for i, c in enumerate(x) if c] or [1]) for x in block)
            for x in block:
                del x[width:]
    for c in cells:
        lines.append(delimiter.join(quoted(r, x, delimiter, always) for x in c) + (delimiter * 2 if ends == 'late' else ''))
    if ends == 'all':
        lines = [x + delimiter for x in lines]
    if r.random() < 0.15:
        lines += [delimiter * (len(columns) - 1)] * r.randint(1, 5)
    if r.random() < 0.15:
        lines[0:0] = r.choice([['龙岩汇通支付有限公司收款明细'], ['收款明细', '制表日期：2026-03-02'], ['sep=' + delimiter]])
    text = end.join(lines) + r.choice(['', end, end, end])
    if r.random() < 0.05:
        text += '\x1a'
    return text


def as_bytes(r, text):
    charset = r.choice(['utf-8', 'utf-8', 'utf-8-sig', 'gb18030', 'cp936', 'utf-16'])
    if charset == 'cp936':  # its euro is a byte of its own
        return b'\x80'.join(part.encode('gb18030') for part in text.split('€'))
    return text.encode(charset)


def table(r, seed, expect, n=None):
    columns, titles = layout(r)
    rows = rows_of(r, seed, n or r.choice([1, 3, 20, 40, 70]), expect, columns)
    for v in rows:
        if 'note' in columns and r.random() < 0.05:
            v['note'] = '10 €'
    return rows, columns, titles


def make_text(r, seed, i):
    e = new('PAYMENT_t%03d.%s' % (i, r.choice(['csv', 'txt', 'CSV'])))
    rows, columns, titles = table(r, seed, e)
    return e, as_bytes(r, as_text(r, rows, columns, titles))


def xml(s):
    return ''.join('&#%d;' % ord(c) if c in '&<>"' or 0x7f <= ord(c) < 0xa0 else c for c in s)


def letters(i):
    return (chr(64 + i // 26) if i >= 26 else '') + chr(65 + i % 26)


def sheet(r, table, hidden_rows=()):
    out = []
    for y, cells in enumerate(table, 1):
        line = ''
        for x, c in enumerate(cells):
            if c is None or (c == '' and r.random() < 0.7):
                continue
            ref = letters(x) + str(y)
            if isinstance(c, tuple):
                line += '<c r="%s" t="%s"><v>%s</v></c>' % (ref, c[0], c[1])
            elif isinstance(c, float):
                line += '<c r="%s"><v>%r</v></c>' % (ref, c)
            else:
                line += '<c r="%s" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>' % (ref, xml(c))
        out.append('<row r="%d"%s>%s</row>' % (y, ' hidden="1"' if y in hidden_rows else '', line))
    return ('<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
            % ''.join(out)).encode()


def book(sheets):
    """sheets: name, state, bytes"""
    ns = 'http://schemas.openxmlformats.org'
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:
        z.writestr('[Content_Types].xml', '<Types xmlns="%s/package/2006/content-types"><Default Extension="rels" ContentType="application/'
                   'vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.'
                   'openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>' % ns)
        z.writestr('_rels/.rels', '<Relationships xmlns="%s/package/2006/relationships"><Relationship Id="rId1" Type="%s/officeDocument/'
                   '2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>' % (ns, ns))
        z.writestr('xl/workbook.xml', '<workbook xmlns="%s/spreadsheetml/2006/main" xmlns:r="%s/officeDocument/2006/relationships"><sheets>%s'
                   '</sheets></workbook>' % (ns, ns, ''.join('<sheet name="%s" sheetId="%d"%s r:id="rId%d"/>' % (
                       xml(s[0]), k, ' state="%s"' % s[1] if s[1] else '', k) for k, s in enumerate(sheets, 1))))
        z.writestr('xl/_rels/workbook.xml.rels', '<Relationships xmlns="%s/package/2006/relationships">%s</Relationships>' % (ns, ''.join(
            '<Relationship Id="rId%d" Type="%s/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet%d.xml"/>'
            % (k, ns, k) for k in range(1, len(sheets) + 1))))
        for k, s in enumerate(sheets, 1):
            z.writestr('xl/worksheets/sheet%d.xml' % k, s[2])
    return out.getvalue()


def make_book(r, seed, i):
    e = new('PAYMENT_b%03d.xlsx' % i)
    sheets = []
    for s in range(r.choice([1, 1, 1, 2])):
        rows, columns, titles = table(r, seed, e, r.choice([1, 5, 20]))
        cells = []
        for v in rows:
            line = [v[c] for c in columns]
            at = columns.index('charge')
            if r.random() < 0.5 and v['payNo'] in e['good']:
                line[at] = float(line[at])
            elif r.random() < 0.1:
                line[at] = r.choice([('b', '1'), ('e', '#DIV/0!')])
                for k in ('good', 'maybe'):
                    if v['payNo'] in e[k]:
                        e[k].remove(v['payNo'])
                e['bad'].append(v['payNo'])
            cells.append(line)
        above = [['三月收款'] for _ in range(r.choice([0, 0, 1, 3]))]
        hidden = [len(above) + 2 + k for k in range(len(cells)) if r.random() < 0.05] if r.random() < 0.2 else []
        sheets.append(['数据%d' % s, '', sheet(r, above + [titles] + cells, hidden)])
    if r.random() < 0.3:
        notes = [['填报说明']] + [[c[0], c[1][0], '必填'] for c in COLUMNS]
        sheets.insert(r.choice([0, len(sheets)]), ['说明', r.choice(['', 'hidden']), sheet(r, notes)])
    if r.random() < 0.3:
        hidden = new('')
        rows, columns, titles = table(r, seed, hidden, 3)
        e['bad'] += hidden['good'] + hidden['bad'] + hidden['maybe']
        sheets.append(['旧', r.choice(['hidden', 'veryHidden']), sheet(r, [titles] + [[v[c] for c in columns] for v in rows])])
    return e, book(sheets)


def make_shift(r, seed, i):
    """A person's name and telephone where they do not belong."""
    e = new('PAYMENT_s%03d.csv' % i)
    columns, titles = [c[0] for c in COLUMNS], [c[1][0] for c in COLUMNS]
    rows = []
    for k in range(r.choice([2, 10])):
        v = row(r, seed)
        secret = '%s%s%04d' % (r.choice(['诸葛', '上官', 'Wolfgang Xaver ', 'Ng ']), r.choice('甲乙丙丁'), r.randint(0, 9999))
        phone = '13%09d' % r.randint(0, 999999999)
        e['secrets'] += [secret, phone]
        e['maybe'].append(v['payNo'])
        v['payerName'], v['telephone'] = secret, phone
        rows.append([v[c] for c in columns])
    e['rows'] = len(rows)
    how = r.choice(['left', 'right', 'swap', 'title', 'extra', 'noheader'])
    if how == 'left':
        k = r.randrange(3, 10)
        rows = [x[:k] + x[k + 1:] + [''] for x in rows]
    elif how == 'right':
        k = r.randrange(0, 11)
        rows = [x[:k] + [''] + x[k:-1] for x in rows]
    elif how == 'swap':
        a, b = 11 + r.randrange(2), r.randrange(0, 11)
        for x in rows:
            x[a], x[b] = x[b], x[a]
    elif how == 'title':
        titles[r.randrange(0, 14)] = e['secrets'][0]
        e['rows'] = None
    elif how == 'extra':
        titles.append(r.choice(['', e['secrets'][0], '收货人']))
        rows = [x + [e['secrets'][1]] for x in rows]
        e['rows'] = None
    else:
        titles = rows.pop(0)
        e['rows'] = None
    return e, '\n'.join(','.join(x) for x in [titles] + rows).encode() + b'\n'


ODD = ['\u202e', '\u2066', '\x9b31m', '\x1b[31m', '\x07', '\u200f', '\u2028', "';--", '$(id)', '%s%n', '\u0301', '🎁', '\\', '"']


def make_names(r, seed, i):
    odd = ''.join(r.choice(ODD) for _ in range(r.randint(1, 3)))
    e = new('PAYMENT_n%03d%s.csv' % (i, odd))
    how = r.choice(['plain', 'entry', 'bytes', 'long', 'value'])
    rows, columns, titles = table(r, seed, e, 3)
    text = as_text(r, rows, columns, titles)
    data = text.encode()
    if how == 'entry':
        e['file'] = 'PAYMENT_n%03d.zip' % i
        out = io.BytesIO()
        with zipfile.ZipFile(out, 'w') as z:
            z.writestr('PAYMENT_%s.csv' % odd.replace('\\', ''), data)
        data = out.getvalue()
    elif how == 'bytes':
        e['file'] = (b'PAYMENT_n%03d\xff\xfe.csv' % i).decode('utf-8', 'surrogateescape')
    elif how == 'long':
        e['file'] = ('PAYMENT_n%03d_' % i + '长' * 90)[:r.choice([60, 78, 80])] + '.csv'
    elif how == 'value':
        e['file'] = 'PAYMENT_n%03d.csv' % i
    name = os.fsencode(e['file'])
    lost = how == 'bytes' or len(name) > 230 or any(c in '\n\r' or ord(c) < 32 or 0x7f <= ord(c) < 0xa0 or c in '\u2028' for c in e['file'])
    e['told'] = 'notice' if lost else 'ack'
    if lost:
        e['told'], e['rows'] = 'either', None
    return e, data


def zipped(r, members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', method) as z:
        for name, data in members:
            z.writestr(name, data)
    return out.getvalue()


def tarred(r, members, e):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w:' + r.choice(['', 'gz', 'xz'])) as t:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
        if r.random() < 0.2:
            info = tarfile.TarInfo('PAYMENT_link.csv')
            info.type, info.linkname = r.choice([tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE]), '/etc/passwd'
            t.addfile(info)
    return out.getvalue()


def ghost(r, data):
    """Takes the first entry out of a zip's directory; its bytes stay."""
    at, end = data.index(b'PK\1\2'), data.rindex(b'PK\5\6')
    length = 46 + sum(struct.unpack('<HHH', data[at + 28:at + 34]))
    count, size, start = struct.unpack('<HII', data[end + 10:end + 20])
    return data[:at] + data[at + length:end] + struct.pack('<4sHHHHIIH', b'PK\5\6', 0, 0, count - 1, count - 1, size - length, start, 0)


def make_archive(r, seed, i):
    e = new('PAYMENT_a%03d' % i)
    members = []
    for k in range(r.choice([1, 1, 2, 3])):
        rows, columns, titles = table(r, seed, e, r.choice([1, 4]))
        name = r.choice(['PAYMENT_%d.csv' % k, 'a/PAYMENT_%d.csv' % k, '收款%d.csv' % k, 'PAYMENT_same.csv'])
        members.append((name, as_bytes(r, as_text(r, rows, columns, titles))))
    if r.random() < 0.3:
        members += [('PAYMENT_empty%d.csv' % k, b'') for k in range(r.choice([1, 30, 300]))]
    if r.random() < 0.3:
        members += [('PAYMENT_junk%d.csv' % k, b'x%d' % k) for k in range(r.choice([1, 25, 200]))]
        e['rows'] = None
    odd = r.random()
    if odd < 0.1:
        members.append((r.choice(['/etc/PAYMENT_x.csv', '../PAYMENT_x.csv', 'a/../../x.csv', 'C:\\x.csv']), members[0][1]))
        e['rows'] = None
    elif odd < 0.2:
        members.append(('PAYMENT_big.csv', b'0' * r.choice([1 << 20, 20 << 20])))
        e['rows'] = None
    elif odd < 0.35:
        members = [('inner.' + r.choice(['zip', 'dat']), zipped(r, members)), ('readme.txt', b'see inside\n')]
        e['rows'] = None
    r.shuffle(members)
    form = r.choice(['zip', 'zip', 'zip', 'tar'])
    data = tarred(r, members, e) if form == 'tar' else zipped(r, members, r.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
    hurt = r.random()
    if form == 'zip' and hurt < 0.15:
        data = ghost(r, data)
        e['rows'] = None
    elif hurt < 0.3:
        data = bytearray(data)
        for _ in range(r.randint(1, 4)):
            data[r.randrange(len(data))] ^= 1 << r.randrange(8)
        data = bytes(data)
        e['rows'] = None
        e['maybe'] += e['bad'] + e['good']  # a plain tar has no check sum: a value may be another, good one
        e['bad'], e['good'] = [], []
        e['hurt'] = True
    elif hurt < 0.4:
        data = data[:r.randrange(1, len(data))]
        e['rows'] = None
    elif hurt < 0.45:
        data += zlib.compress(data)[:r.randrange(1, 99)]
        e['rows'] = None
    e['file'] += '.' + (form if r.random() < 0.8 else r.choice(['csv', 'zip', 'bin']))
    return e, data


def make(kind, seed, count, folder):
    r = random.Random('%s %s' % (kind, seed))
    path = os.path.join(folder, '..', 'expected.json')
    expected = json.load(open(path)) if os.path.exists(path) else []
    for i in range(count):
        e, data = globals()['make_' + kind](r, kind[0].upper() + str(seed), i)
        with open(os.path.join(os.fsencode(folder), os.fsencode(e['file'])), 'wb') as f:
            f.write(data)
        expected.append(e)
    with open(path, 'w') as f:
        json.dump(expected, f)


def night(command, n, good=(0, 65)):
    clock = datetime.datetime(2026, 3, 2, 20) + datetime.timedelta(minutes=5 * n)
    env = dict(os.environ, LANDPORT_NOW=clock.isoformat() + 'Z')
    began = time.time()
    status = subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=False).returncode
    if status not in good:
        print('night %d ended with %d' % (n, status))
    return time.time() - began


TEMPORARY = ['%s.part', '%s.filepart', '%s.partial', '%s.writing', '%s.uploading', '%s.tmp', '.%s', '%s~', '~$%s', '%s.inprogress']


def play_grow(r, seed, count, box, command):
    """Each file is written in pieces with nights between them, under its name or one that says it is not done."""
    expected, open_files = [], []
    for i in range(count):
        e = new('PAYMENT_g%03d.csv' % i)
        columns, titles = [c[0] for c in COLUMNS], [c[1][0] for c in COLUMNS]
        rows = rows_of(r, seed, r.choice([1, 5, 30]), e, columns, 0, 0)
        e['charges'] = {v['payNo']: v['charge'] for v in rows}
        e['rows'] = None
        data = ('\n'.join(','.join(x) for x in [titles] + [[v[c] for c in columns] for v in rows]) + '\n').encode()
        cuts = sorted(r.randrange(1, len(data)) for _ in range(r.choice([0, 1, 1, 2, 3])))
        pieces = [data[a:b] for a, b in zip([0] + cuts, cuts + [len(data)])]
        name = e['file'] if r.random() < 0.6 else r.choice(TEMPORARY) % e['file']
        path = os.path.join(box, 'in', name)
        open_files.append([open(path, 'wb', buffering=0), path, pieces, e['file']])
        expected.append(e)
    for n in range(5):
        for f in open_files:
            if f[2] and (n or r.random() < 0.7):
                f[0].write(f[2].pop(0))
                if not f[2]:
                    f[0].close()
                    if os.path.basename(f[1]) != f[3]:
                        os.rename(f[1], os.path.join(box, 'in', f[3]))
        night(command, n)
    for n in range(5, 9):
        night(command, n)
    return expected


def play_correct(r, seed, count, box, command):
    """Rows that come back are corrected, not all at once, under whatever name, and sent again with what was right."""
    expected, sent, right = [], {}, {}
    columns, titles = [c[0] for c in COLUMNS], [c[1][0] for c in COLUMNS]
    for i in range(count):
        e = new('PAYMENT_c%03d.csv' % i)
        rows = rows_of(r, seed, 40, e, columns, 0, 0)
        right.update({v['payNo']: v['charge'] for v in rows})
        e['charges'], e['rows'] = {v['payNo']: v['charge'] for v in rows}, None
        for v in r.sample(rows, r.choice([1, 2])):
            v['charge'] = r.choice(['12x', '', '-1.00'])
        sent[e['file']] = '\n'.join(','.join(x) for x in [titles] + [[v[c] for c in columns] for v in rows]) + '\n'
        expected.append(e)
    for name, text in sent.items():
        with open(os.path.join(box, 'in', name), 'w') as f:
            f.write(text)
    seen = set()
    for n in range(5):
        night(command, n)
        for back in sorted(set(os.listdir(os.path.join(box, 'out'))) - seen):
            seen.add(back)
            if '.rejects' not in back or not back.endswith('.csv'):
                continue
            with open(os.path.join(box, 'out', back), encoding='utf-8', newline='') as f:
                table = list(csv.reader(f))
            for line in table[1:]:
                if len(line) > 8 and (n >= 3 or r.random() < 0.6):
                    line[8] = right.get(line[2], line[8])
            base = back[:-4]
            name = r.choice([back, base + ' (1).csv', base + '_1.csv', 'PAYMENT_new_%d_%s' % (n, back)])
            with open(os.path.join(box, 'in', name), 'w', encoding='utf-8', newline='') as f:
                csv.writer(f).writerows(table)
        if n == 2:  # and the whole again
            for name, text in sent.items():
                if r.random() < 0.3:
                    with open(os.path.join(box, 'in', 'PAYMENT_again_' + name), 'w') as f:
                        f.write(text)
    for n in range(5, 8):
        night(command, n)
    return expected


PARTIES = {'LYPLAT01': 'ORDER', 'LYPAY01': 'PAYMENT', 'LYLOGI01': 'LOGISTICS', 'customs': None}


def serve(boxes, seeds):
    """The hub meets an odd server at these parties, with that seed each, and the good one at the others."""
    keys = os.path.join(boxes, '..', 'authorized_keys')
    if not os.path.exists(keys + '.good'):
        os.link(keys, keys + '.good')
    odd = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'odd_sftp.py')
    lines = []
    for line in open(keys + '.good'):
        for party, seed in seeds.items():
            if line.rstrip().endswith('hub for ' + party):
                line = line.replace('internal-sftp -d %s/%s' % (boxes, party), 'python3 %s %s/%s random=%s' % (odd, boxes, party, seed))
        lines.append(line)
    with open(keys + '.new', 'w') as f:
        f.writelines(lines)
    os.chmod(keys + '.new', 0o600)
    os.rename(keys + '.new', keys)


def upload(command, boxes, n, expected):
    """What the three partners of a day send, of which nothing is wrong."""
    day = os.path.join(boxes, '..', 'day')
    subprocess.run([command[0], 'sample', '--orders', '3', '--seed', str(1000 + n), '--faults', '0%', '--date', '20260302', '--dir', day],
                   stdout=subprocess.DEVNULL, check=True)
    names = {}
    for party, feed in PARTIES.items():
        if not feed:
            continue
        for name in os.listdir(os.path.join(day, party)):
            e = new('%s_v%03d%s' % (feed, n, os.path.splitext(name)[1]))
            with open(os.path.join(day, party, name), 'rb') as f:
                e['sha256'] = hashlib.sha256(f.read()).hexdigest()
            e['party'] = party
            os.rename(os.path.join(day, party, name), os.path.join(boxes, party, 'in', e['file']))
            expected.append(e)
            names[party] = e['file']
    shutil.rmtree(day)
    return names


def play_servers(r, seed, count, box, command):
    """Nights in which one to three of the four parties have a server that lies and breaks; what the others sent is answered all the same."""
    boxes, expected, n, met = os.path.dirname(box), [], 0, 0
    while met < count:
        odd = r.sample(sorted(PARTIES), min(r.randint(1, 3), count - met))
        met += len(odd)
        serve(boxes, {party: '%s.%d' % (seed, n) for party in odd})
        names = upload(command, boxes, n, expected)
        took = night(command, n, (0, 1, 65, 75))
        if took > 60:
            print('night %d with %s took %d s' % (n, odd, took))
        for party, name in names.items():
            if party not in odd and not os.path.exists(os.path.join(boxes, party, 'out', name + '.ack.xml')):
                print('night %d with %s: no answer to %s' % (n, odd, name))
        n += 1
        if r.random() < 0.3:
            serve(boxes, {})
            night(command, n)
            n += 1
    serve(boxes, {})
    for n in range(n, n + 3):
        night(command, n)
    return expected


def check_boxes(boxes, expected, got):
    """Nothing of what came is lost or there twice, and what counts as delivered is."""
    def held(party, folder):
        path = os.path.join(boxes, party, folder)
        return [(name, hashlib.sha256(open(os.path.join(path, name), 'rb').read()).hexdigest()) for name in os.listdir(path)]
    there = {(party, folder): held(party, folder) for party in PARTIES for folder in ('in', 'out', 'done')}
    for e in expected:
        states = sorted(b['state'] for b in got['batches'] if (b['party'], b['sha256']) == (e['party'], e['sha256']))
        if [s for s in states if s != 'duplicate'] != ['loaded']:
            print('%s: its batches are %s' % (e['file'], states))
        where = [(folder, name) for folder in ('in', 'done') for name, sha256 in there[e['party'], folder] if sha256 == e['sha256']]
        if [w[0] for w in where] != ['done']:
            print('%s: is in %s' % (e['file'], where))
        if not any(name == e['file'] + '.ack.xml' for name, _ in there[e['party'], 'out']):
            print('%s: no answer' % e['file'])
    for d in got['delivered']:
        if d['state'] != 'published':
            print('%s is not delivered, but %s' % (d['name'], d['state']))
        elif (d['name'], d['sha256']) not in there[d['party'], 'out']:
            print('%s of %s counts as delivered and is not there' % (d['name'], d['party']))
    for b in got['batches']:
        if b['sha256'] is None and b['state'] == 'discarded':  # said to be too large to be fetched, until it was as it is
            continue
        if (b['party'], b['sha256']) not in {(e['party'], e['sha256']) for e in expected}:
            print('%s of %s was never sent' % (b['name'], b['party']))
    for party in PARTIES:
        left = [name for name, _ in there[party, 'in']] + [name for name, _ in there[party, 'out'] if name.endswith('.part')]
        if left:
            print('%s: left are %s' % (party, left))


def play(kind, seed, count, box, folder, command):
    r = random.Random('%s %s' % (kind, seed))
    expected = globals()['play_' + kind](r, kind[0].upper() + str(seed), count, box, command)
    with open(os.path.join(folder, 'expected.json'), 'w') as f:
        json.dump(expected, f)


def check(folder, state):

    with open(os.path.join(folder, 'expected.json')) as f:
        expected = json.load(f)
    with open(state) as f:
        got = json.load(f)
    if any('sha256' in e for e in expected):
        check_boxes(os.path.join(folder, '..', 'sftp'), expected, got)
        return
    mine = tuple('R' + letter for letter in {e['file'][len('PAYMENT_')].upper() for e in expected})  # of the kinds
    loaded = {}
    for p in got['payments'] or []:
        if p.startswith(mine):
            loaded[p] = loaded.get(p, 0) + 1
    known = set()
    for e in expected:
        def wrong(what):
            print('%r: %s' % (e['file'], what))
        batches = [b for b in got['batches'] if b['name'] == e['file']]
        acks = [a for a in got['acks'] if a['name'] == e['file']]
        known.update(e['good'] + e['maybe'])
        if len(acks) != 1 and 'charges' not in e and not (e['told'] == 'either' and not acks):
            wrong('%d acks, batches %s' % (len(acks), [(b['state'], b['code']) for b in batches]))
        for b in batches:
            if b['state'] == 'received':
                wrong('is not judged')
            if b['state'] == 'loaded' and b['rows'] != b['accepted'] + b['repeated'] + b['rejected']:
                wrong('counts %s' % b)
            if b['code'] in ('E1020', 'E2008'):
                wrong('an error within: %s %s' % (b['code'], b['seen']))
        if e['rows'] is not None and all(b['state'] in ('loaded', 'rejected') and b['rows'] for b in batches) and \
                sum(b['rows'] for b in batches) != e['rows']:
            wrong('%s rows of %d' % ([b['rows'] for b in batches], e['rows']))
        for p in e['bad']:
            if p in loaded:
                wrong('%s is loaded: %s' % (p, e['why'].get(p)))
        if batches and all(b['state'] == 'loaded' for b in batches) and e['rows'] is not None:
            for p in e['good']:
                if p not in loaded:
                    wrong('%s is not loaded' % p)
        for p, charge in e.get('charges', {}).items():
            if p not in loaded:
                wrong('%s is not loaded' % p)
            elif float(got['charges'][p]) != float(charge):
                wrong('%s is %s, was sent as %s' % (p, got['charges'][p], charge))
        for s in e['secrets']:
            for t in got['told']:
                if s in t:
                    wrong('%s is told: %s' % (s, t[max(0, t.index(s) - 60):t.index(s) + 40]))
    for p, n in loaded.items():
        if n > 1:
            print('%s is loaded %d times' % (p, n))
        if p not in known:
            print('%s was never sent, or as wrong' % p)


if sys.argv[1] == 'make':
    make(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
elif sys.argv[1] == 'play':
    play(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5], sys.argv[6], sys.argv[7:])
else:
    check(sys.argv[2], sys.argv[3])
