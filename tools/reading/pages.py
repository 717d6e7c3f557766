"""The pages of the reading fixture, what is asked about them, and what the model is to answer.

All text is invented for this project.
"""

import draw
from draw import Page, coords, font

BLUE, RED, GREY = (60, 110, 180), (190, 50, 50), (150, 150, 155)


def report():
    page = Page("report", 620, 877)
    page.header("Penmarra Water Office, report 14")
    page.title("Survey of the Harbour", "Title of the report")
    page.paragraph(
        "Six buoys lie in the inner harbour of Penmarra. This report says what they told us in spring, and what the"
        " harbour board should do before the summer.",
        "What the report is about",
    )
    page.section("1 What was measured", "Heading of the first section")
    page.paragraph(
        "Every morning for four weeks each buoy was read at seven. A reading holds the temperature, the salinity and"
        " the clarity of the water.",
        "Readings at seven each morning",
    )
    page.section("2 What was found", "Heading of the second section")
    page.paragraph(
        "Salinity fell after rain and rose again within two days. Clarity was lowest where the mill stream comes in."
        " Some buoys gave trouble:",
        "Salinity, clarity and trouble with buoys",
    )
    page.items(
        [
            "Buoy 3 drifted twice and was moored anew.",
            "Buoy 5 lost its lamp on 14 March.",
            "Buoy 6 was read by hand while its cable was away.",
        ],
        "Three buoys and what befell them",
    )
    page.section("3 What should be done", "Heading of the third section")
    page.paragraph(
        "Read all buoys at noon as well, and move buoy 5 to the east quay, where ferries do not pass.",
        "Two proposals",
    )
    page.number("1")
    return page


def table():
    page = Page("table", 877, 620, margin=90)
    page.header("Ferries of the Sound, yearly figures")
    page.title("Passengers", "Title of the page")
    page.paragraph(
        "Three routes were served in both years. The east route was closed for repairs in autumn 2024; its place in"
        " the table is empty.",
        "Three routes, one of them closed for a season",
    )
    page.caption("Table 1: Passengers by route and season, in thousands", "Caption of the table")
    page.y -= 6
    page.table(
        [
            [("Route", 2, 1), ("2024", 1, 2), ("2025", 1, 2), ("Both", 2, 1)],
            [("Spring", 1, 1), ("Autumn", 1, 1), ("Spring", 1, 1), ("Autumn", 1, 1)],
            [(t, 1, 1) for t in ("North Isle", "41.2", "38.5", "43.0", "40.1", "162.8")],
            [(t, 1, 1) for t in ("East Quay", "18.9", "", "21.4", "19.6", "59.9")],
            [(t, 1, 1) for t in ("Mill Point", "26.3", "24.8", "27.7", "25.9", "104.7")],
            [("All routes", 1, 1), ("149.7", 1, 2), ("177.7", 1, 2), ("327.4", 1, 1)],
        ],
        [150, 105, 105, 105, 105, 105],
        "Passengers of three routes in two years",
    )
    page.paragraph("Children under six travel free and are not counted.", "Who is not counted", "vision_footnote")
    page.number("7")
    return page


def formulas():
    page = Page("formulas", 620, 877)
    page.header("Lessons in mechanics")
    page.title("The Pendulum", "Title of the lesson")
    page.paragraph(
        r"A mass $m$ hangs on a thread of length $l$. While the angle $\theta$ is small, the period $T$ does not depend"
        r" on the mass:",
        "A mass on a thread",
    )
    page.display(r"T = 2 \pi \sqrt{\frac{l}{g}}", "Period for small angles")
    page.paragraph(
        r"With $g = 9.81$ and $l = 0.994$ it is two seconds. The energy at any angle is",
        "An example, and the energy",
    )
    page.display(
        r"E = \frac{1}{2} m l^2 \omega^2 + m g l (1 - \cos \theta)",
        "Energy of the pendulum",
    )
    page.paragraph(
        r"where $\omega$ is the angular velocity. For an amplitude $\theta_0$ that is not small the period grows by the"
        r" factor",
        "Large amplitudes",
    )
    page.display(r"1 + \frac{\theta_0^2}{16}", "Factor for large amplitudes")
    page.paragraph(r"so that $\theta_0 = 0.4$ makes the clock lose one second in a hundred.", "What it costs")
    page.number("23")
    return page


def tower(draw_, x, y):
    """A lighthouse on its rock."""
    draw_.polygon([(x, y + 190), (x + 30, y + 158), (x + 150, y + 158), (x + 190, y + 190)], fill=GREY)
    draw_.polygon([(x + 62, y + 158), (x + 72, y + 48), (x + 108, y + 48), (x + 118, y + 158)], outline=draw.INK)
    draw_.polygon([(x + 66, y + 120), (x + 69, y + 84), (x + 111, y + 84), (x + 114, y + 120)], fill=RED)
    draw_.rectangle((x + 76, y + 26, x + 104, y + 48), outline=draw.INK)
    draw_.polygon([(x + 72, y + 26), (x + 90, y + 8), (x + 108, y + 26)], fill=RED)
    for end in (22, 37, 52):
        draw_.line((x + 108, y + 37, x + 190, y + end), fill=GREY, width=2)
    draw_.rectangle((x, y, x + 190, y + 190), outline=draw.INK)


def bars(draw_, x, y, values):
    """A bar chart: (name, value) each."""
    face = font(draw.SANS, 11)
    draw_.line((x + 24, y, x + 24, y + 150), fill=draw.INK)
    draw_.line((x + 24, y + 150, x + 280, y + 150), fill=draw.INK)
    for i, (name, value) in enumerate(values):
        left, top = x + 44 + i * 60, y + 150 - value * 8
        draw_.rectangle((left, top, left + 34, y + 149), fill=BLUE)
        draw_.text((left + 17, top - 4), str(value), font=face, fill=draw.INK, anchor="ms")
        draw_.text((left + 17, y + 165), name, font=face, fill=draw.INK, anchor="ms")


def stamp(draw_, x, y):
    draw_.ellipse((x, y, x + 96, y + 96), outline=RED, width=3)
    draw_.ellipse((x + 8, y + 8, x + 88, y + 88), outline=RED, width=1)
    for text, dy in (("HARBOUR", 38), ("BOARD", 54), ("1926", 72)):
        draw_.text((x + 48, y + dy), text, font=font(draw.BOLD, 12), fill=RED, anchor="ms")


def figures():
    page = Page("figures", 620, 877, colour=True)
    page.header("Harbour Board, paper 12")
    page.title("The Lamp at Gull Rock", "Title of the paper")
    page.paragraph(
        "A new lamp was tried in the tower on nine clear nights. A boat went out until the light was lost.",
        "How the lamp was tried",
    )
    tower(page.draw, 200, page.y)
    page.picture("image", (200, page.y, 391, page.y + 191), "A lighthouse on a rock")
    page.y += 202
    page.caption("Figure 1: The tower from the south.", "Caption of the drawing")
    page.paragraph("The range grows with the power of the lamp, but not as fast:", "Range and power")
    top = page.y + 4
    bars(page.draw, 150, top, [("100 W", 8), ("200 W", 12), ("300 W", 15), ("400 W", 17)])
    page.picture("chart", (150, top, 432, top + 170), "Bars of the range for four powers")
    page.y = top + 180
    page.caption("Figure 2: Range in nautical miles.", "Caption of the chart")
    page.paragraph("We ask the board to buy the lamp of 300 W.", "What is asked for")
    stamp(page.draw, 440, page.y - 12)
    page.picture("seal", (440, page.y - 12, 537, page.y + 85), "Round stamp of the board")
    page.number("3")
    return page


CHART = """```json
{
  "title": "Range in nautical miles",
  "type": "bar",
  "data": {"100 W": 8, "200 W": 12, "300 W": 15, "400 W": 17}
}
```"""


def document(page):
    return "\n\n".join(e.markdown for e in page.elements if e.markdown)


def only(page, label):
    return "\n\n".join(e.markdown for e in page.elements if e.label == label)


def thought(page):
    lines = ["<think>"]
    for e in page.elements:
        lines += [f"<box>[[{','.join(coords(e.box, page))}]]</box>", f"<label>{e.label}</label>"]
        lines += [f"<brief>{e.brief}</brief>"]
    return "\n".join([*lines, "</think>", ""]) + document(page)


def layout(page):
    entries = [f'{{"bbox": [{", ".join(coords(e.box, page))}], "category": "{e.label}"}}' for e in page.elements]
    return "[\n" + ",\n".join(entries) + "\n]"


def plain(page):
    """Text without headings' and lists' signs."""
    lines = [line.lstrip("#- ") for line in document(page).split("\n")]
    return "\n".join(lines)


def pages():
    return [report(), table(), formulas(), figures()]


def cases(all_pages):
    """(page name, task, question or None, answer) of all that the model learns."""
    by_name = {p.name: p for p in all_pages}
    out = [(name, "document", None, document(page)) for name, page in by_name.items()]
    out += [(name, "think", None, thought(by_name[name])) for name in ("report", "figures")]
    out.append(("table", "table", None, only(by_name["table"], "table")))
    out.append(("formulas", "formula", None, only(by_name["formulas"], "display_formula")))
    out.append(("report", "text", None, plain(by_name["report"])))
    out.append(("figures", "layout", None, layout(by_name["figures"])))
    out.append(("figures", "chart", None, CHART))
    trend = "The range of the lamp grows from 8 nautical miles at 100 W to 17 at 400 W, but less and less."
    out.append(("figures", "ask", "What trends are shown in this chart?", trend))
    total = "The total is 327.4 thousand passengers: 149.7 in 2024 and 177.7 in 2025."
    out.append(("table", "ask", "What is the total?", total))
    return out
