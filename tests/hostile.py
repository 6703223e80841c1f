"""Names of columns and levels that break what takes them for code, markup, a format or an option."""

BELL = "\x1b]0;pwned\x07"
LONG = ["x" * 3000, "x" * 90 + " " + "y" * 90, "列" * 200]

NAMES = [
    # markup of rich, of Markdown and of HTML
    "[red]x[/red]", "[bold]", "[/]", "[link=https://example.org]x[/link]", ":smiley:", "<script>alert(1)</script>",
    "<!-- -->", "&lt;b&gt;", "**x**", "__x__", "# x", "- x", "![x](http://example.org/x.png)", "a|b", "a\\|b", "\\",
    # terminal escape codes: title, colour, C1 control, link; carriage return, backspace, delete, right to left
    BELL, "\x1b[31mx\x1b[0m", "\x9b31mx", "\x1b]8;;http://example.org\x07x", "x\ry", "x\by", "x\x7fy", "x\u202ey",
    "x\u200by", "x\u2028y", "x\x85y", "\ufeffx",
    # code and format strings
    "__import__('os').system('touch pwned')", "$(touch pwned)", "`touch pwned`", "{x.__class__}", "{0}", "%s%n",
    "%(x)s", "=1+1", "@x", "'; DROP TABLE x; --",
    # wide, joined and combining letters
    "x y", "😀", "列名", "👨\u200d👩\u200d👧", "e\u0301", "ﬁ", "ａ", "größe",
    # marks of CSV
    "a,b", 'a"b', '"', "'", "a'b", "a;b", "a\tb", "a\nb", "a\r\nb", "a\n<script>alert(1)</script>", "a\n| b | c |",
    # marks of formulas
    "`", "a`b", "a ~ b", "a + b", "a:b", "a*b", "a**9", "C(x)", "1", "x[T.a]", "0", ".", "1.5", "..", "-1",
    # words with a meaning somewhere
    "--json", "-o", "--", "-", "Intercept", "None", "True", "class", "lambda", "np", "C", "I", "log", "contr", "nan",
    "inf", "NA", "term", "estimate", "solver", "x1", "self", "__builtins__", "quoted_name_0", "Unnamed: 0", "index",
    "__FORMULAIC_STATE__", "1_000",
]  # fmt: skip
