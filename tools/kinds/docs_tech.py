"""Manuals, laboratory reports, catalogues, slides, long and spanned tables, forms, right-to-left pages."""

from model import Cell, Doc, brk, choices, code, cols, fig, form, grid, h, margin, ol, p, page, side, table, title, ul
from texts import para

MANUAL = [
    title("Tidewatch 3: Manual of the Gauge"),
    h(1, "Installing the program", "1"),
    p("Tidewatch reads up to eight gauges over a serial line and writes their heights into a file. It runs on any machine with a line of commands. Unpack the archive and start the program once, so that it can create its folder:"),
    code("tar xf tidewatch-3.2.tar.gz\ncd tidewatch-3.2\n./configure --prefix=/opt/tidewatch\nmake && make install"),
    p("If the last command ends with the message `no such port`, see section 3."),
    h(2, "What is needed", "1.1"),
    ul("a free serial port, or an adapter;", "a gauge of one of these types:", ul("Nordtief G2 with firmware 1.4 or later,", "Quayline float gauge, any version,", "Pell radar gauge:", ul("model 10, indoors only", "model 20", mark="–"), mark="–"), "about 40 megabytes of disk space for each year and gauge."),
    h(1, "Configuration", "2"),
    p("All settings stand in the file `tidewatch.conf`. Lines that begin with a hash are comments. The following example serves two gauges; the second one stands in fresh water and is read half as often."),
    code('# gauges of Saltmouth harbour\n[gauge.pier]\nport = /dev/ttyS0\ninterval = 300\noffset = -2.41\n\n[gauge.mill]\nport = /dev/ttyS1\ninterval = 600\nfresh = yes'),
    table([["Setting", "Values", "Meaning"], ["`port`", "name of a device", "where the gauge is connected; only one gauge may use a port at a time"], ["`interval`", "10 to 3600", "seconds between two readings"], ["`offset`", "metres", "height of the gauge’s zero above the datum of the chart, negative if it lies below"], ["`fresh`", "`yes`, `no`", "whether the gauge stands in fresh water"]],
          align="lll", widths=[.16, .22, .56], caption="Table 1: Settings of a gauge."),
    h(2, "Checking the configuration", "2.1"),
    ol("Stop the program with `tidewatch stop`.", "Run `tidewatch check`. It prints one line for each gauge:", ol("`ok` if the gauge answers,", "`silent` if nothing comes back within ten seconds,", "`garbled` if the speed of the port is wrong.", mark="(a)"), "Correct the file and repeat the second step until all gauges are `ok`.", "Start the program again."),
    h(1, "Messages", "3"),
    h(2, "No such port", "3.1"),
    p("The device that was named after `port` does not exist, or you have no right to open it. On most systems it is enough to become a member of the group `dialout` and to log in again. " + para("works", 61, 4)),
    h(2, "Clock runs backwards", "3.2"),
    p("The time of the machine has been set back by more than one interval. Readings are kept in memory until the clock has caught up with them. " + para("works", 62, 3)),
    code('def mean_height(readings):\n    """Mean of the heights, in metres."""\n    if not readings:\n        return None\n    total = 0.0\n    for r in readings:\n        total += r.height\n    return total / len(readings)'),
    p("The function above is called once an hour. It must not be changed while the program runs."),
]
LAB = [
    title("Laboratory Report 24-117"),
    p("Sample: harbour mud, taken on 18 March 2024 at four places. Received: 19 March. Analysed by: O. Marsh and T. Quist."),
    h(1, "Purpose", "1"),
    p("Before dredging it had to be decided whether the mud may be put ashore. The limits are those of the county’s order of 2017. " + para("science", 71, 3)),
    h(1, "Methods", "2"),
    p("Samples were dried at 105 °C, ground, and passed through a sieve of 63 µm. Metals were determined twice in each sample by absorption of light, organic carbon by burning at 550 °C. " + para("science", 72, 3)),
    h(1, "Results", "3"),
    table([[Cell("Place", rs=2), Cell("Metals (mg/kg)", cs=3, align="c"), Cell("Carbon (%)", rs=2), Cell("Verdict", rs=2)], ["Copper", "Lead", "Zinc"],
           ["North pier", "38", "41", "112", "3.1", "pass"], ["Fuel jetty", "96", "87", "240", "5.8", "fail"], ["Mill stream", "22", "19", "74", "7.4", "pass"], ["Basin", "35", "33", "131", "4.0", "pass"], [Cell("Limit", cs=1), "80", "80", "300", "none", ""]],
          head=2, align="lrrrrl", widths=[.2, .13, .13, .13, .16, .14], caption="Table 1. Means of two determinations."),
    p("Only the sample from the fuel jetty exceeds the limits, for copper and for lead. " + para("science", 73, 4)),
    table([["Group", "Sample", "First", "Second"], [Cell("Metals", rs=3), "North pier", "37.6", "38.4"], ["Fuel jetty", "95.1", "96.9"], ["Basin", "34.8", "35.2"], [Cell("Carbon", rs=2), "North pier", "3.05", "3.15"], ["Basin", "3.9", "4.1"]],
          align="llrr", widths=[.18, .25, .15, .15], caption="Table 2. Single determinations of copper (mg/kg) and carbon (%)."),
    h(1, "Conclusion", "4"),
    p("Mud from three of the four places may be spread on the field behind the sea wall. The mud from the fuel jetty, about 140 cubic metres, has to be taken to the pit at Whitlow.{fn:The pit accepts mud with up to 150 mg of copper in a kilogram.} " + para("science", 74, 3)),
    p("The report may be passed on only as a whole."),
]
PARTS = []
for _n, (_name, _no, _price, _text) in enumerate([("Float with rod", "TW-3301", "£48.20", "Copper ball of 120 mm on a rod of stainless steel. Fits all gauges with a tube of at least 150 mm. The rod is cut to length on request."),
                                                   ("Pulley, bronze", "TW-3312", "£19.75", "Runs on a ball of sapphire and needs no oil. Replace it when the groove is worn down to the mark."),
                                                   ("Counterweight", "TW-3315", "£12.40", "Lead in a coat of nylon, 400 g. Two pieces are needed for depths of more than six metres."),
                                                   ("Chart drum", "TW-3340", "£86.00", "One turn in 24 hours or in seven days, set by a lever. Takes sheets of 93 × 290 mm."),
                                                   ("Pen, long arm", "TW-3341", "£7.10", "For blue ink only. Supplied with a brush for cleaning."),
                                                   ("Cable, 25 m", "TW-3390", "£31.60", "Screened cable with four wires and plugs on both ends. Longer cables are made to order.")]):
    PARTS.append(grid((.24, [fig("photo", 1.0, .62, n=_n % 4)]), (.72, [h(2, _name), p(f"Order number {_no}, price {_price}"), p(_text)])))
CATALOGUE = [title("Spare Parts for Tide Gauges"), p("All prices are for one piece, without tax, and valid until the end of the year."), *PARTS,
             h(1, "Ordering"), p("Please give the order number and the year in which your gauge was made. It is engraved on the inside of the door. Small parts are sent by post on the same day; drums and floats are made when they are ordered, which takes about three weeks.")]
LONG_ROWS = [["No.", "Name of boat", "Owner", "Length (m)", "Berth", "Fee (£)"]]
_names = ["Alma", "Bright Water", "Cormorant", "Dulcie", "Evening Star", "Fulmar", "Grace", "Hesper", "Ivy May", "Jonah", "Kittiwake", "Little Auk", "Marigold", "Nancy", "Osprey", "Petrel", "Quiet Lady", "Rosamund", "Sandpiper", "Thrift", "Una", "Vagabond", "Wigeon", "Xanthe", "Young Tom", "Zephyr"]
_owners = ["A. Whitlock", "T. Quist", "M. Sandoval-Reyes", "E. Drysdale", "I. Pell", "O. Marsh", "C. Benbow", "Hallworth and Sons", "W. Pengelly", "Dr Okonjo", "Tanner’s Yard Trust"]
for _i in range(78):
    _len = 4.2 + (_i * 37 % 83) / 10
    LONG_ROWS.append([str(_i + 1), _names[_i * 7 % 26] + (" II" if _i >= 26 and _i < 52 else " III" if _i >= 52 else ""), _owners[_i * 5 % 11], f"{_len:.1f}", f"{'ABCD'[_i % 4]}{_i // 4 + 1}", f"{round(_len * 31):,}"])
REGISTER = [title("Register of Berths 2024"), p("The register is kept by the harbour office. Boats without a number lie at their own risk. Owners who sell a boat must report this within a week, and the berth falls back to the harbour."),
            table(LONG_ROWS, long=True, align="rllrlr", widths=[.07, .25, .28, .14, .1, .12]), p("Seventy-eight berths are taken, two are kept free for boats in distress. The waiting list is closed until October.")]
REGISTER_OPEN = [title("Register of Berths 2024"), REGISTER[1], table(LONG_ROWS[:64], long=True, ruled="partly", align="rllrlr", widths=[.07, .25, .28, .14, .1, .12]), REGISTER[3]]
SCHEDULE = [title("Week of the Music School"), p("Changes are shown on the board in the hall. Pupils who are late wait outside until the end of the piece."),
            table([[Cell("Time", rs=2), Cell("Monday", cs=2, align="c"), Cell("Tuesday", cs=2, align="c"), Cell("Wednesday", rs=2)], ["Room 1", "Room 2", "Room 1", "Room 2"],
                   ["15:00", "Flute, beginners", Cell("Violin, all classes", rs=2), "Piano", "Theory", "Harp"], ["16:00", "Flute, advanced", "Piano", "Ear training", ""],
                   ["17:00", Cell("Wind ensemble", cs=2, align="c"), "", Cell("Percussion", rs=2), "Organ, in the church"], ["18:00", "Oboe", "Cello", "Piano, adults", "Organ, in the church"],
                   ["19:00", Cell("Orchestra in the great hall", cs=4, align="c"), "Choir"]],
                  head=2, align="llllll", widths=[.09, .19, .18, .15, .17, .19]),
            h(1, "Fees for a term"),
            table([["Kind of lesson", "Minutes", "Members", "Others"], ["Single lesson", "30", "£162", "£198"], ["Single lesson", "45", "£231", "£280"], ["Two pupils together", "45", "£128", "£154"], ["Ensemble or choir", "90", "free", "£40"]], ruled="none", align="lrrr", widths=[.3, .13, .15, .13]),
            p("Instruments may be borrowed for £15 a term. Brothers and sisters pay two thirds.")]
SLIDES = [
    page(title("Why the Sluice Closes Too Early"), p("Report to the Harbour Council"), p("Ingrid Pell, 11 June 2024"), height="130mm"),
    page(h(1, "What we measured"), ul("611 tides in two years", "three sensors at three depths:", ul("0.5 m above the bottom", "1.5 m", "2.5 m", mark="–"), "level inside and outside, every minute"), height="130mm"),
    page(h(1, "Deposition and time of closing"), grid((.5, [fig("chart", .95, .6)]), (.46, [ul("Doubling the time doubles the mud", "Wind hardly matters", "After storms: three times as much")])), height="130mm"),
    page(h(1, "What it costs"), table([["Closing time", "Mud per year", "Dredging"], ["as today", "5,800 m³", "£58,400"], ["20 minutes less", "4,300 m³", "£43,900"], ["40 minutes less", "2,900 m³", "£30,100"]], align="lrr", widths=[.35, .25, .2]), p("Figures for a year with average rain."), height="130mm"),
    page(h(1, "We propose"), ol("to open the gates forty minutes earlier from July;", "to measure the depth of the basin again after one year;", "to publish the results."), height="130mm"),
]
def ask(question, *answers):
    """A question with boxes to tick on one line."""
    return [p(f"**{question}**", loose=True), choices(*answers)]


QUESTIONS = [
    title("How Do You Use the Library?"),
    p("Please tick one box in each question and put the sheet into the letter box at the entrance by 30 June. Your answers are anonymous."),
    h(1, "About you"),
    *ask("How old are you?", "under 16", "16 to 25", "+26 to 60", "over 60"),
    *ask("How often do you come?", "every week", "+every month", "less often"),
    h(1, "About the library"),
    *ask("Do you find the books you want?", "+nearly always", "sometimes", "hardly ever"),
    *ask("Which of these do you use?", "+reading room", "newspapers", "+children’s corner", "copying machine"),
    p("**How satisfied are you with the following?**", loose=True),
    table([["", "very", "fairly", "not at all"], ["Choice of books", "☒", "☐", "☐"], ["Opening hours", "☐", "☒", "☐"], ["Reading room", "☐", "☐", "☒"], ["Advice at the desk", "☒", "☐", "☐"]], align="lccc", widths=[.4, .15, .15, .15]),
    *ask("Would you come on Sundays?", "+yes", "no", "perhaps"),
    p("**What do you miss?**", loose=True), p("More newspapers in other languages, and a place to leave a wet coat."),
]
FORM = [
    title("Application for a Berth"),
    p("Please fill in all fields. The harbour office answers within two weeks."),
    h(1, "Applicant"),
    form("name", "Name", value="Clara Benbow"), form("street", "Street and number", value="19 Cable Street"), form("phone", "Telephone", value=""),
    h(1, "Boat"),
    form("boat", "Name of the boat", value="Evening Star"), form("length", "Length in metres", value="7.4"),
    form("engine", "The boat has an engine", "checkbox", checked=True), form("trailer", "The boat is kept on a trailer in winter", "checkbox"), form("insured", "The boat is insured against damage to others", "checkbox", checked=True),
    h(1, "Declaration"),
    p("I have read the rules of the harbour and agree to pay the fee by the first of April of each year."),
    form("agree", "I agree", "checkbox", checked=True), form("place", "Place and date", value="Saltmouth, 3 March 2024"),
]
HEBREW = [
    title("דוח על ספריית העיר"),
    h(1, "מבוא"),
    p("הספרייה העירונית נפתחה לקהל לפני ארבעים שנה בבניין ישן ליד הנמל. בשנה שעברה ביקרו בה יותר מעשרים אלף קוראים, רבים מהם תלמידים."),
    p("בחודש מאי 2023 הוחלף הגג, ומאז אין עוד מים באולם הקריאה. העבודה נמשכה 45 ימים ועלתה פחות מן הצפוי."),
    h(1, "שעות הפתיחה"),
    ul("ימים ראשון עד חמישי, מתשע בבוקר", "יום שישי, עד הצהריים", "בשבת הספרייה סגורה"),
    h(1, "תוכניות לשנה הבאה"),
    p("המועצה החליטה להרחיב את אולם הילדים ולרכוש ספרים חדשים. הקוראים מוזמנים להציע שמות של ספרים בדלפק הכניסה."),
]
ARABIC = [
    title("تقرير عن مكتبة المدينة"),
    h(1, "مقدمة"),
    p("افتتحت مكتبة المدينة أبوابها قبل أربعين عاما في مبنى قديم قرب الميناء. وزارها في العام الماضي أكثر من عشرين ألف قارئ، كثير منهم من الطلاب."),
    p("في شهر مايو 2023 تم تغيير السقف، ومنذ ذلك الحين لم تدخل المياه إلى قاعة القراءة. استمر العمل 45 يوما وكانت كلفته أقل من المتوقع."),
    h(1, "خطط العام القادم"),
    p("قرر المجلس توسيع قاعة الأطفال وشراء كتب جديدة. ويمكن للقراء أن يقترحوا أسماء الكتب عند مكتب المدخل."),
]
_slide = "@page{size:254mm 143mm;margin:12mm 16mm} html{font:20pt/1.35 \"Carlito\"} h2{font-size:1.5em;color:#224} h1{font-size:2em;margin-top:30mm} .page{height:100mm!important;overflow:hidden}"
DOCS = [
    Doc("manual", "manual with code and nested lists", MANUAL, [
        ("manual-chromium", "chromium", {"tagged": True, "css": 'html{font:10.5pt/1.4 "DejaVu Sans"} pre,code{font-family:"DejaVu Sans Mono"}'}), ("manual-latex", "pdflatex", {"font": r"\usepackage{mathptmx}\usepackage{courier}", "bookmarks": True, "preamble": r"\renewcommand{\arraystretch}{1.2}"}), ("manual-writer", "libreoffice", {"font": "Liberation Sans", "size": 10}), ("manual-weasyprint", "weasyprint", {}),
    ], head=("Nordtief Instruments", "", "Edition of 2024"), foot=("", "{page}", ""), rule_head=True, rule_foot=True),
    Doc("lab", "laboratory report with spanned tables", LAB, [
        ("lab-weasyprint", "weasyprint", {"css": '@page{margin:20mm 22mm} html{font:9.5pt/1.3 "Carlito"}'}), ("lab-latex", "pdflatex", {"font": r"\usepackage{mathpazo}", "preamble": r"\renewcommand{\arraystretch}{1.2}"}), ("lab-writer", "libreoffice", {"size": 10}),
    ], head=("Institute of Estuarine Studies", "", "Report 24-117"), foot=("", "Page {page} of {pages}", ""), rule_head=True),
    Doc("catalogue", "parts catalogue with figures", CATALOGUE, [
        ("catalogue-chromium", "chromium", {"css": 'html{font:10.5pt/1.35 "Liberation Sans"} h3{margin:0}'}), ], head=("Nordtief Instruments", "", "Spare parts"), foot=("", "{page} / {pages}", "")),
    Doc("register", "table over a page break", REGISTER, [
        ("register-chromium", "chromium", {}), ("register-latex", "pdflatex", {"font": r"\usepackage{mathptmx}"}), ("register-writer", "libreoffice", {"font": "Carlito", "size": 10}),
    ], foot=("Harbour office of Saltmouth", "", "{page}")),
    Doc("register2", "table over a page break", REGISTER_OPEN, [
        ("register-booktabs", "pdflatex", {"font": r"\usepackage{mathpazo}", "preamble": r"\renewcommand{\arraystretch}{1.1}"}), ("register-open", "libreoffice", {"font": "Liberation Sans", "size": 10}),
    ], head=("Harbour office of Saltmouth", "", "Register of berths"), foot=("", "{page}", "")),
    Doc("schedule", "weekly schedule with spans", SCHEDULE, [
        ("schedule-chromium", "chromium", {"css": 'html{font:10pt/1.35 "Carlito"}'}), ("schedule-latex", "pdflatex", {"font": r"\usepackage{mathptmx}", "clsopt": "10pt,a4paper", "preamble": r"\renewcommand{\arraystretch}{1.3}"}), ("schedule-writer", "libreoffice", {"font": "Carlito", "size": 10}),
    ]),
    Doc("slides", "slides", SLIDES, [
        ("slides-weasyprint", "weasyprint", {"css": _slide.replace("Carlito", "Liberation Sans")}),
        ("slides-latex", "pdflatex", {"clsopt": "20pt", "cls": "extarticle", "geometry": "paperwidth=254mm,paperheight=143mm,margin=16mm", "font": r"\usepackage{helvet}\renewcommand{\familydefault}{\sfdefault}"}),
    ], foot=("Harbour Council", "", "{page}")),
    Doc("questions", "questionnaire", QUESTIONS, [
        ("questions-chromium", "chromium", {"css": 'html{font-family:"DejaVu Sans";font-size:10pt}'}), ], foot=("Saltmouth Library", "", "Please turn over")),
    Doc("form", "form with fields", FORM, [
        ("form-latex", "pdflatex", {"form": True, "font": r"\usepackage{helvet}\renewcommand{\familydefault}{\sfdefault}"}),
    ], foot=("Form H 12", "", "")),
    Doc("hebrew", "Hebrew page", HEBREW, [
        ("hebrew-chromium", "chromium", {"css": 'html{font:12pt/1.5 "Noto Sans Hebrew"} td,th{text-align:right}'}), ("hebrew-writer", "libreoffice", {"font": "Noto Sans Hebrew", "size": 12}),
    ], lang="he", loose_check=True, foot=("", "{page}", "")),
    Doc("arabic", "Arabic page", ARABIC, [
        ("arabic-chromium", "chromium", {"css": 'html{font:13pt/1.6 "Noto Naskh Arabic"}'}),
    ], lang="ar", loose_check=True, foot=("", "{page}", "")),
]
