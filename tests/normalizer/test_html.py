"""HTML mail reads as its author meant it, hides nothing it should not, and takes no time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.html import to_text


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<p>Hola <b>Lola</b>,<p>adiós", "Hola Lola,\n\nadiós"),
        ("<div>uno</div><div>dos<br>tres</div>", "uno\ndos\ntres"),
        ("a<br><br>b", "a\n\nb"),
        ("<p>a</p>\n  <p>&nbsp;</p><p>b", "a\n\nb"),
        ("&iquest;Qu&eacute; <i>tal</i>?&#x20AC;", "¿Qué tal?€"),
        ("<ul><li>uno<li>dos<ul><li>tres</ul></ul>fin", "• uno\n• dos\n  • tres\n\nfin"),
        ("<table><tr><td>A<td>B<tr><td>1<td>2</table>", "A  B\n1  2"),
        ("<pre>  a\n   b</pre>", "  a\n   b"),
        ("a<hr>b", "a\n———\nb"),
        (
            "<blockquote>cita<blockquote>más</blockquote></blockquote>fin",
            "> cita\n>\n> > más\n\nfin",
        ),
        (
            "A<blockquote style='border:none'>b<blockquote type=cite style=border:0>c",
            "A\n\nb\n\n> c",
        ),
        ('<blockquote style="border-left:1px solid #ccc">cita</blockquote>', "> cita"),
        ('<blockquote style="border:none;border-left:solid #CCC 1pt">cita</blockquote>', "> cita"),
        ("sin etiquetas < 3 & más", "sin etiquetas < 3 & más"),
        ('<img alt="Logo" src="http://t.test/1.gif"><img src=x>', "[Logo]"),
        ("<a href='x>y'>z</a>", "z"),
        ("a<!-- <b>no</b> -->b<!--[if mso]>no<![endif]-->c<![if !mso]>d<![endif]>", "abcd"),
        ("<script>alert(1)</script><style>p{}</style><title>t</title>hola", "hola"),
        ("hola<script>alert(1)", "hola"),
        # Numbers that somebody may speak of.
        ("<ol><li>uno<li>dos</ol>fin", "1. uno\n2. dos\n\nfin"),
        ('<ol start="4"><li>a</li><li value=9>b</li><li>c</li></ol>', "4. a\n9. b\n10. c"),
        ("<ol type=a><li>x<li>y<ul><li>z</ul><li>w</ol>", "a. x\nb. y\n  • z\nc. w"),
        ("<ol><li>x<ol><li>y<li>z</ol><li>w</ol>", "1. x\n  1. y\n  2. z\n2. w"),
        ("<ol><li>x<li style='display:none'>no<li>y</ol>", "1. x\n2. y"),
        ("<ol start=99999999999><li>x</ol><ol start=x type=i><li>y</ol>", "1. x\n\n1. y"),
        ("<ol reversed><li>x</ol><li>y", "• x\n\n• y"),
        # What was struck through is not said any more.
        ("Precio: <s>100</s> <del>90</del> 80 €", "Precio: ~100~ ~90~ 80 €"),
        ("<strike>El <b>lunes</b> 3 </strike>el martes", "~El lunes 3~ el martes"),
        ("<s>10<b>0</b>,<i>5</i></s>0", "~100,5~0"),
        ("a <span style='text-decoration:line-through'>b</span> c", "a ~b~ c"),
        ("<del><p>uno</p><p>dos</p></del>tres", "~uno~\n\n~dos~\n\ntres"),
        ("<s></s>a<s> </s>b ~<s>c</s>", "a b ~~c~"),
        ("<s><ul><li>x</ul></s><pre><s>a\n b</s></pre>", "• ~x~\n\n~a~\n ~b~"),
        ('<s><a href="https://a.test">x</a></s>', "~x~ <https://a.test>"),
        ("<s>a<div>b</s>c</div>d", "~a~\n~b~\ncd"),
    ],
)
def test_a_page_reads_as_text(html: str, said: str) -> None:
    assert to_text(html) == said


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ('<a href="https://acme.example/obra">la obra</a>', "la obra <https://acme.example/obra>"),
        ('<a href="https://acme.example/">acme.example</a>', "acme.example"),
        (
            '<a href="https://evil.test/x">https://bank.test</a>',
            "https://bank.test <https://evil.test/x>",
        ),
        ('<a href="mailto:ana@acme.example">ana@acme.example</a>', "ana@acme.example"),
        ('<a title="href=https://good.test" href=https://evil.test>x</a>', "x <https://evil.test>"),
        ('<a href="https://a.test/?a=1&amp;b=2">x</a>', "x <https://a.test/?a=1&b=2>"),
        ('<a href="javascript:alert(1)">pulsa</a>', "pulsa"),
        ('<a href="java\nscript:alert(1)">pulsa</a>', "pulsa"),
        ('<a href="file:///etc/passwd">x</a><a href="data:text/html,x">y</a>', "xy"),
        ('<a href="https://a.test"><img alt="Logo"></a>', "[Logo] <https://a.test>"),
        ('<a href="https://a.test"></a>', "<https://a.test>"),
        (
            '<a href="https://a.test">uno<a href="https://b.test">dos',
            "uno <https://a.test>dos <https://b.test>",
        ),
    ],
)
def test_a_link_says_where_it_leads_unless_its_text_does(html: str, said: str) -> None:
    assert to_text(html) == said


@pytest.mark.parametrize(
    "hidden",
    [
        '<div style="display:none">secreto</div>',
        "<div style='DISPLAY : NONE;color:red'>secreto <b>muy</b></div>",
        "<span hidden>secreto</span>",
        '<p style="font-size:0px">secreto</p>',
        '<div style="max-height:0;overflow:hidden">secreto</div>',
        '<div style="opacity:0.0">secreto</div>',
        "<div style='visibility:hidden'>secreto<div>y</div></div>",
        "<ul><li hidden>secreto</ul>",
    ],
)
def test_what_a_style_hides_is_left_out(hidden: str) -> None:
    assert to_text(f"antes {hidden}después").replace("\n", " ").split() == ["antes", "después"]


@pytest.mark.parametrize(
    "shown",
    [
        '<div style="overflow: hidden">visto</div>',
        '<div style="font-size:0"><span style="font-size:13px">visto</span></div>',
        '<div style="opacity:0.9;max-height:0.5em;font-size:0.8em">visto</div>',
        '<div title="hidden" data-hidden="1" class="hidden">visto</div>',
        "<p hidden>no<p>visto",
        "<div style='display:none'>no</div>visto",
        "<table><tr><td hidden>no<td>visto</table>",
        "<div><span hidden>no</div>visto",
    ],
)
def test_what_is_seen_is_kept(shown: str) -> None:
    assert to_text(shown).split()[-1] == "visto"


def test_where_everything_is_hidden_everything_is_shown() -> None:
    assert to_text('<div style="display:none">hola</div>') == "hola"


def test_the_padding_behind_a_preview_line_is_dropped() -> None:
    padding = "&#847; &zwnj; &nbsp; &shy;" * 80
    assert to_text(f"<div>Oferta{padding}</div><p>Hola").split() == ["Oferta", "Hola"]


UNITS = (
    *("<div>", "<p><font a=1>", "<b><p>", "<a><div>", "<table><tr><td>x", "</p>", "<!--", "<!"),
    *("<", '<a "', "<a '", "<a \"'", "<a href='x", "&lt;", "&#", "<blockquote>x<br>", "<ul><li>x"),
    *("<div hidden>", "<div style='font-size:0'>x", "<style>", "<br>", "<pre>\n", "<x y=z", " "),
    *(
        "<s>x",
        "<s>x</s>",
        "<ol><li>",
        "<a href='http://x'>y",
        "<td>",
        "<li><p>",
        "display:",
        "\u200b ",
    ),
)


@pytest.mark.timeout(10)
@pytest.mark.parametrize("unit", UNITS)
def test_no_page_is_slow(unit: str) -> None:
    to_text(unit * (500_000 // len(unit)))
    to_text(f"<div {unit * (100_000 // len(unit))}>")


def test_depth_loses_nothing() -> None:
    assert to_text("<div>" * 10_000 + "hola" + "</div>" * 10_000) == "hola"
    assert to_text("<table><tr><td>" * 3_000 + "hola") == "hola"


@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<div hidden>",
                "</div>",
                "x",
                "<a href=http://y>",
                "</a>",
                "<blockquote>",
                "<blockquote style='border:0'>",
                "</blockquote>",
                "<ul>",
                "<ol start=3>",
                "<li>",
                "</ul>",
                "</ol>",
                "<s>",
                "</s>",
                "<pre>",
                "</pre>",
                "<br>",
                "<td>",
                "&amp;",
                "<!--",
                "-->",
                '"',
                "<",
                "\n",
            ]
        ),
        max_size=30,
    )
)
def test_no_markup_raises(tags: list[str]) -> None:
    to_text("".join(tags))
