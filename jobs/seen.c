#include "seen.h"

#include <stdbool.h>
#include <string.h>

#include "base/span.h"

#define PLACES 3

/* % is a place: what stands there, in this order, is taken over. The first that fits counts. */
// clang-format off
static const struct {
    const char *en, *zh;
} sentences[] = {
    {"its encoding is not known", "编码无法识别"},
    {"bytes that are not UTF-8", "有字节不是 UTF-8"},
    {"a control character", "含有控制字符"},
    {"a tag is closed by another name, opened in line %", "标签与结束标签不一致，起始于第 % 行"},
    {"a tag is not closed, opened in line %", "标签没有结束，起始于第 % 行"},
    {"an entity that XML does not have", "XML 中没有的实体"},
    {"an & that is not written &amp;", "& 应写作 &amp;"},
    {"a < or & that begins nothing; write &lt; or &amp;", "< 或 & 应写作 &lt; 或 &amp;"},
    {"an attribute that does not end", "属性没有结束"},
    {"a prefix that is not declared", "前缀没有声明"},
    {"a tag without its >", "标签缺少 >"},
    {"no element", "没有元素"},
    {"something stands behind the root element", "根元素之后还有内容"},
    {"the file ends before its root element does", "文件在根元素结束之前中断"},
    {"not well-formed, libxml2 error %", "XML 格式有误（libxml2 错误 %）"},
    {"line %, column %", "第 % 行第 % 列"},
    {"byte % of the file is not %", "文件第 % 字节不是 %"},
    {"'%' is not known", "“%”无法识别"},
    {"rows '%' is not a number", "rows“%”不是数字"},
    {"amount '%' is not a number", "amount“%”不是数字"},
    {"sha256 of % characters is not 64 hexadecimal digits", "sha256 有 % 个字符，应为 64 位十六进制数"},
    {"rows is not a whole number", "rows 不是整数"},
    {"% is said twice, differently", "% 出现两次且不同"},
    {"amount.% is of no currency", "amount.% 不是币制"},
    {"% sums, none of them of '%'", "有 % 个校验值，没有“%”的"},
    {"says nothing", "没有内容"},
    {"line %", "第 % 行"},
    {"byte %", "第 % 字节"},
    {"*** (column %)", "***（第 % 列）"},
    {"% (column %)", "%（第 % 列）"},
    {"more than % bytes unpacked", "解压后超过 % 字节"},
    {"unpacks to more than % times its size", "解压后超过原大小的 % 倍"},
    {"holds more than the % bytes that the archive says", "内容超过压缩包所记的 % 字节"},
    {"a % inside of another archive", "压缩包内又有 %"},
    {"an archive in an archive in an archive", "压缩包嵌套过深"},
    {"more than % entries", "超过 % 个文件"},
    {"% has more than % entries", "% 内超过 % 个文件"},
    {"name '%' is longer than % bytes", "名称“%”超过 % 字节"},
    {"holds '%' twice", "“%”出现两次"},
    {"is %, must be zip, 7z, tar, gz, xz or zst", "为 %，应为 zip、7z、tar、gz、xz 或 zst"},
    {"the zip holds no file", "压缩包内没有文件"},
    {"the archive holds no file", "压缩包内没有文件"},
    {"files of the archive: %, each without a byte", "压缩包内 % 个文件均为空"},
    {"the archive holds % files, must be 1", "压缩包内有 % 个文件，应只有 1 个"},
    {"an Office workbook, must be CSV or XML", "为 Office 工作簿，应为 CSV 或 XML"},
    {"'%' has another % in the directory than before its bytes", "“%”在目录中的%与文件头不一致"},
    {"name", "名称"},
    {"method", "压缩方法"},
    {"kind", "类型"},
    {"size", "大小"},
    {"its directory points outside of the file", "目录指向文件之外"},
    {"ends before its end", "未到结尾即中断"},
    {"has two directories", "有两个目录"},
    {"something follows its end", "结尾之后还有内容"},
    {"is one of several parts", "是分卷压缩包的一部分"},
    {"its directory is incomplete", "目录不完整"},
    {"its directory is not where its end says", "目录不在所记位置"},
    {"its directory names what is not there", "目录所列内容不存在"},
    {"its directory has fewer entries than its end says", "目录条目少于所记"},
    {"its directory has more entries than its end says", "目录条目多于所记"},
    {"bytes belong to two files of it", "有字节同属两个文件"},
    {"needs a window of more than % MiB", "解压窗口超过 % MiB"},
    {"its end is missing", "缺少结尾"},
    {"an entry has no name", "有文件没有名称"},
    {"name '%' is neither UTF-8 nor GB18030, or holds control characters", "名称“%”不是 UTF-8 或 GB18030，或含控制字符"},
    {"name '%' leads out of the archive", "名称“%”指向压缩包之外"},
    {"% entry '%' is not a regular file", "% 中的“%”不是普通文件"},
    {"% entry '%' is encrypted", "% 中的“%”已加密"},
    {"% is encrypted", "% 已加密"},
    {"does not end with its end mark", "没有结束标记"},
    {"damaged", "已损坏"},
    {"UTF-16 without a byte order mark", "UTF-16 但没有字节顺序标记"},
    {"the workbook has a password", "工作簿设有密码"},
    {"is %, must be .xlsx without a password, or CSV", "为 %，应为不设密码的 .xlsx，或 CSV"},
    {"a workbook of more than % bytes", "工作簿超过 % 字节"},
    {"no sheet has a row of column names", "没有一个工作表有列名行"},
    {"is no workbook", "不是工作簿"},
    {"has no sheets", "没有工作表"},
    {"the package has no workbook", "包内没有工作簿"},
    {"sheet '%' has no part", "工作表“%”没有内容"},
    {"sheets '%' and '%' are one part", "工作表“%”与“%”指向同一内容"},
    {"part '%' is missing", "缺少部分“%”"},
    {"more than % bytes of text", "文本超过 % 字节"},
    {"more than % bytes", "超过 % 字节"},
    {"document type declarations are not accepted", "不接受文档类型声明"},
    {"it has a DOCTYPE", "含有 DOCTYPE"},
    {"not well-formed XML, line %", "XML 格式有误，第 % 行"},
    {"not well-formed", "XML 格式有误"},
    {"elements lie more than % deep", "元素嵌套超过 % 层"},
    {"more than % names", "名称超过 % 个"},
    {"a tag or comment of more than % bytes", "标签或注释超过 % 字节"},
    {"row % after row %", "第 % 行排在第 % 行之后"},
    {"a text of more than % bytes", "一个文本超过 % 字节"},
    {"more than % shared strings", "共享字符串超过 % 个"},
    {"more than % bytes of shared strings", "共享字符串超过 % 字节"},
    {"sheet '%', cell %", "工作表“%”，单元格 %"},
    {"sheet '%'", "工作表“%”"},
    {"line % of the envelope", "信封第 % 行"},
    {"elements where base64 was expected", "应为 base64 处出现元素"},
    {"a second payload", "有第二个内容"},
    {"base64 that ends too early", "base64 未结束"},
    {"no base64", "不是 base64"},
    {"nothing is in it", "内容为空"},
    {"holds % data files, none is number %", "有 % 个数据文件，没有第 % 个"},
    {"no entry '%'", "没有“%”"},
    {"% bytes", "% 字节"},
    {"% fields", "% 列"},
};
// clang-format on

static const char *
find(struct span in, const char *what, size_t n)
{
    for (size_t i = 0; i + n <= in.n; i++)
        if (memcmp(in.p + i, what, n) == 0)
            return in.p + i;
    return NULL;
}

/* Where the sentence has its places; the last one takes what is left. */
static bool
fits(const char *pattern, struct span text, struct span places[PLACES])
{
    size_t literal = strcspn(pattern, "%");
    const char *end;
    int n = 0;

    if (text.n < literal || memcmp(pattern, text.p, literal) != 0)
        return false;
    for (pattern += literal; *pattern; pattern += literal) {
        text.p += literal, text.n -= literal;
        literal = strcspn(++pattern, "%");
        end = pattern[literal] ? find(text, pattern, literal) : text.p + text.n - literal;
        if (!end || end <= text.p || text.n < literal || memcmp(end, pattern, literal) != 0 ||
            n == PLACES)
            return false;
        places[n] = (struct span){text.p, (size_t)(end - text.p)};
        if (find(places[n++], ": ", 2)) /* sentences of their own */
            return false;
        text.n -= (size_t)(end - text.p);
        text.p = end;
    }
    return text.n == literal;
}

static bool put(struct buf *out, struct span seen, bool part);

static void
put_filled(struct buf *out, const char *zh, const struct span places[PLACES])
{
    int n = 0;

    for (; *zh; zh++)
        if (*zh == '%')
            put(out, places[n++], true);
        else
            buf_put(out, zh, 1);
}

/* What stands before a colon, and a sentence: of two that are none, none. */
static bool
put_halves(struct buf *out, struct span seen)
{
    const char *colon = find(seen, ": ", 2);
    struct buf last = {0};
    size_t before;
    bool ours;

    if (!colon)
        return false;
    before = (size_t)(colon - seen.p);
    ours = put(&last, (struct span){colon + 2, seen.n - before - 2}, true);
    if (ours) {
        put(out, (struct span){seen.p, before}, true);
        buf_str(out, "：");
        buf_put(out, last.p, last.n);
    }
    buf_free(&last);
    return ours;
}

/* False: it is no sentence of ours, and stays. One of a single word is one only as part of another, since a value may be
 * it. */
static bool
put(struct buf *out, struct span seen, bool part)
{
    struct span places[PLACES] = {
        {NULL, 0}
    };

    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
        if ((part || strchr(sentences[i].en, ' ')) && fits(sentences[i].en, seen, places)) {
            put_filled(out, sentences[i].zh, places);
            return true;
        }
    if (put_halves(out, seen))
        return true;
    buf_put(out, seen.p, seen.n);
    return false;
}

void
seen_zh(struct buf *out, const char *seen)
{
    put(out, span_of(seen), false);
}
