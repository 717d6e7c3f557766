"""More kinds: life story in two columns, agenda, exam, electronic mail, encyclopaedia, menu, web page, standard, poster,
programme, judgement, travel guide, beamer slides, annual report."""

from model import Cell, Doc, brk, choices, code, cols, fig, form, grid, h, margin, ol, p, page, side, table, title, ul
from texts import para

VITA = [
    grid((.3, [fig("photo", .8, 1.0, n=3), h(2, "Contact"), p("Ingrid Pell"), p("7 Quay Street, Saltmouth"), p("01632 960 118"), p("ingrid.pell@estuary.example"),
               h(2, "Languages"), ul("English", "Norwegian", "some French"), h(2, "Interests"), p("Rowing, bell ringing, old maps of the coast.")]),
         (.65, [title("Ingrid Pell"), p("Coastal engineer with fourteen years of practice in small harbours"),
                h(2, "Experience"),
                h(3, "Institute of Estuarine Studies, Saltmouth"), p("2016 to today, head of the group for sediment"), ul("Led the measurements behind the Marsh Road sluice", "Built up a laboratory with three places of work", "Advised five harbour councils on dredging"),
                h(3, "Nordtief Instruments, Ferrybridge"), p("2010 to 2016, engineer"), ul("Developed the chart drum of the gauge TW-33", "Trained customers in two languages"),
                h(2, "Education"),
                h(3, "University of Leith"), p("2006 to 2010, civil engineering, with distinction"), p("Thesis on the settling of fine mud in still water, which was awarded the prize of the faculty."),
                h(2, "Publications"), p("Eleven papers, of which the three most recent deal with tidal sluices. A list is sent on request.")])),
]
AGENDA = [
    title("Conference on Small Harbours"), p("Saltmouth, Customs House, 6 and 7 September 2024"),
    h(1, "Friday, 6 September"),
    table([["09:00", "Registration, with coffee in the long room"], ["09:45", "Welcome by Councillor Adaeze Whitlock"], ["10:00", "Ingrid Pell: Why sluices close too early, and what it costs the towns that own them"], ["11:00", "Torben Quist: Piles, worms and salt"], ["12:00", "Lunch"], ["13:30", "Visit to the north pier, in two groups; please wear firm shoes"], ["16:00", "Maryam Sandoval-Reyes: Paying for repairs when nobody has any money"], ["18:30", "Dinner at the Ship"]],
          head=0, ruled="none", align="ll", widths=[.12, .8]),
    h(1, "Saturday, 7 September"),
    table([["09:30", "Ewan Drysdale: Forty years of reading a painted board"], ["10:30", "Discussion: Who owns the mud? In the chair: C. Benbow"], ["12:00", "Close"]], head=0, ruled="none", align="ll", widths=[.12, .8]),
    h(1, "Rooms and prices"),
    table([["Hotel", "Single", "Double", "Walk to the Customs House"], ["The Ship", "£64", "£88", "3 minutes"], ["Harbour View", "£71", "£95", "8 minutes"], ["Mrs Hallworth’s", "£38", "£60", "12 minutes, uphill"]], ruled="partly", align="lrrl", widths=[.3, .13, .13, .34]),
    p("Rooms are held for us until 1 August. Please book them yourself and mention the conference."),
]
EXAM = [
    title("Examination in Navigation"), p("Time allowed: two hours. Answer all questions. Marks are given in brackets."),
    h(1, "Part A"),
    ol("Define the following terms in one sentence each. (6)", ol("variation", "deviation", "leeway", mark="(a)"),
       "A boat steers 210° for forty minutes at 5.4 knots through water that sets north at 1.2 knots. Find its position relative to the starting point. (8)",
       "Why must the height of tide be added to the depth on the chart, and when is the result wrong? (4)"),
    h(1, "Part B"),
    p("Use the following extract from the tables for Saltmouth. Times are in Universal Time, heights in metres."),
    table([["Date", "High", "m", "Low", "m"], ["12 May", "03:14", "5.8", "09:26", "0.9"], ["13 May", "03:58", "5.5", "10:09", "1.2"], ["14 May", "04:45", "5.1", "10:55", "1.6"]], align="lrrrr", widths=[.2, .13, .1, .13, .1]),
    ol("At what time on 13 May will there be 3.0 metres over the sill of the basin, which dries 0.4 metres? (10)", "A boat with a draught of 1.9 metres wants to leave as early as possible on 14 May. What do you advise? (7)",
       "Sketch the lights of a fishing boat under way, seen from ahead. (5)", start=4),
    p("End of the examination"),
]
MAIL = [
    table([["From:", "Ewan Drysdale"], ["To:", "Ingrid Pell; harbour council"], ["Date:", "Monday, 29 April 2024, 08:12"], ["Subject:", "The gauge is back"]], head=0, ruled="none", align="ll", widths=[.13, .7], loose=True),
    p("Dear all,"),
    p("the makers came on Friday and put in the new instrument. It agrees with the board to within two centimetres, which is more than I can say of the old one in its last year. They did not bring a new cable. I have mended the old one with tape, and it will hold until somebody trips over it."),
    p("What remains to be done:"),
    ul("order the cable (about £340, see the offer that I sent on Thursday),", "write to the insurance about the lightning,", "decide whether the log that I kept by hand is typed in, and by whom."),
    p("I would do the last of these myself if somebody could read my writing back to me."),
    p("Best wishes"), p("Ewan"),
]
ENCYCLOPAEDIA = [cols(2, *[b for i, (w, t) in enumerate([("Gannet", "survey"), ("Gauge", "works"), ("Gorse", "survey"), ("Granite", "works"), ("Groyne", "works"), ("Gull", "survey"), ("Harbour", "trade"), ("Harrier", "survey"), ("Herring", "trade"), ("Heron", "survey"), ("Holm", "survey")])
                          for b in ([h(2, w), p(para(t, f"enc{i}", 6))] + ([fig("photo", .9, .6, f"{w} on the north shore, after a drawing of 1881.", share=.47, n=i % 4)] if w in ("Gannet", "Heron") else []))], rule=True)]
MENU = [
    title("The Ship"), p("Dinner, from six until nine", style="Center"),
    h(1, "To begin with"),
    table([["Crab soup with brandy", "£7.50"], ["Smoked mackerel, gooseberries, brown bread", "£8.20"], ["Beetroot and goat’s cheese", "£6.80"]], head=0, ruled="none", align="lr", widths=[.7, .15]),
    h(1, "Fish and meat"),
    table([["Fish pie of the house", "£14.50"], ["Plaice on the bone with samphire", "£18.00"], ["Mutton, slowly cooked, with barley and leeks", "£17.20"], ["Mushrooms in pastry, celeriac, hazelnuts", "£13.80"]], head=0, ruled="none", align="lr", widths=[.7, .15]),
    h(1, "Sweet things"),
    table([["Burnt cream with rhubarb", "£6.00"], ["Treacle tart", "£5.80"], ["Three cheeses, oatcakes, quince", "£8.40"]], head=0, ruled="none", align="lr", widths=[.7, .15]),
    p("Please tell us if there is anything that you must not eat. A charge for service is not added."),
]
WEB = [
    title("How we moved 14,000 books in one weekend"), p("Posted on 3 March 2024 by Clara Benbow in *Library*"),
    p("When the roof of the old library began to leak over the shelf with the dictionaries, we knew that the day had come. The new building was ready except for the lift. We had [forty volunteers](https://library.example/volunteers), two vans and no plan, and this is what we learned from it."),
    fig("photo", .7, .5, "Saturday, ten in the morning: the first van.", n=2),
    h(1, "Number the shelves, not the books"),
    p("A book knows where it stands by its shelf mark. What nobody knows is *which shelf* of the new building begins with which book. We measured everything twice, in metres, and wrote the result on sheets of coloured paper:"),
    table([["Colour", "Subject", "Metres", "Trolleys"], ["Blue", "Novels", "112", "38"], ["Green", "Nature and travel", "64", "22"], ["Yellow", "Children", "71", "29"], ["White", "Everything else", "140", "47"]], ruled="none", align="llrr", widths=[.2, .35, .15, .15], css="background:linear-gradient(#eee,#eee) 0 0/100% 1.7em no-repeat"),
    h(1, "Feed people"),
    p("The second thing that we underestimated was soup. " + para("story", "soup", 4)),
    code("shelves = sorted(books, key=lambda b: b.mark)\nfor trolley in chunks(shelves, 40):\n    print(trolley[0].mark, '-', trolley[-1].mark)"),
    p("The few lines above printed the labels for all trolleys. They took longer to write than the labels would have taken by hand, but nobody had to check them."),
    h(1, "What we would do differently"),
    ol("Begin with the heavy books while everybody is still fresh.", "Keep one person at each end who does nothing but answer questions.", "Order *two* lifts."),
    p("If you are planning something similar, [write to us](mailto:clara@library.example). We still have the coloured paper."),
]
STANDARD = [
    title("Standard for the Marking of Tide Boards"),
    h(1, "Foreword"), p("This standard was prepared by the joint committee of harbour masters. It replaces the edition of 2009, from which it differs in clauses 4 and 6."),
    h(1, "Scope", "1"), p("This standard applies to painted boards from which the height of the tide is read by eye. It does not apply to electrical gauges."),
    h(1, "Terms and definitions", "2"),
    h(2, "board", "2.1"), p("vertical plank or plate that carries a scale"),
    h(2, "datum", "2.2"), p("level from which heights are counted"),
    h(2, "figure", "2.3"), p("numeral that is painted beside a metre mark"),
    h(1, "General requirements", "3"),
    h(2, "Material", "3.1"), p("Boards shall be made of oak, larch or aluminium. " + para("works", 81, 4)),
    h(2, "Fixing", "3.2"), p("Boards shall be fixed with bolts that do not rust. " + para("works", 82, 4)),
    h(3, "Boards on piles", "3.2.1"), p(para("works", 83, 4)),
    h(3, "Boards on walls", "3.2.2"), p(para("works", 84, 5)),
    h(1, "Scale", "4"), p("The scale shall be divided as shown in Table 1."),
    table([["Element", "Height in mm", "Width in mm", "Colour"], ["metre mark", "20", "300", "black"], ["half metre mark", "15", "220", "black"], ["mark of ten centimetres", "10", "120", "black"], ["figure", "180", "100", "red above 4 m, black below"]], align="lrrl", widths=[.32, .2, .2, .24], caption="Table 1 – Elements of the scale", floats="ht"),
    h(1, "Test", "5"), p("The height of the datum shall be checked:"),
    ul("when the board is fixed;", "after each collision with a vessel, however slight;", "in any case every three years.", mark="–"), p(para("works", 85, 6)),
    h(1, "Marking", "6"), p("The board shall bear, at its upper end, the following information:"),
    ol("the name of the harbour;", "the datum;", "the month and year of the last check.", mark="a)"), p(para("works", 86, 6)),
    fig("chart", .5, .5, "Figure 1 – Deviations found in 2019 to 2023", floats="ht"), p(para("works", 87, 7)),
]
ANNUAL = [
    title("Annual Report of the Saltmouth Cooperative"),
    cols(2, h(1, "Letter from the chair"), p("Dear members,"), p("a year ago I wrote to you that we would have to learn to bake bread for fewer people. We have learned it. " + para("trade", 91, 6)), p(para("trade", 92, 7)), p("I thank all who work for the cooperative."), p("*Adaeze Whitlock*")),
    h(1, "The year in figures"),
    table([[Cell("In thousands of pounds", rs=2), Cell("Year", cs=2, align="c"), Cell("Change", rs=2, align="r")], ["2023", "2022"],
           ["Sales", "4,218", "4,006", "+5.3 %"], ["Cost of goods", "(2,937)", "(2,851)", "+3.0 %"], ["Gross profit", "1,281", "1,155", "+10.9 %"], ["Wages", "(806)", "(771)", "+4.5 %"], ["Other costs", "(322)", "(339)", "–5.0 %"], ["Surplus", "153", "45", ""]], head=2, ruled="partly", align="lrrr", widths=[.4, .15, .15, .18]),
    fig("chart", .7, .42, "Figure 1: Sales by month, January to August."),
    cols(2, h(1, "Shops"), p(para("trade", 93, 7)), h(1, "Bakery"), p(para("trade", 94, 8)), ul("rye bread, 112,000 loaves", "white bread, 204,000 loaves", "buns, uncounted"), p(para("trade", 95, 5))),
    h(1, "Outlook"), p(para("trade", 96, 6)),
]
GUIDE = [
    title("Whitlow"),
    p("*A village with two mills, one church and no shop*"),
    fig("photo", 1.0, .3, "Whitlow from the east, with the upper mill on the left.", n=0),
    cols(2, h(1, "History"), p(para("survey", 97, 7)), p(para("story", 98, 5)), h(1, "The church"), p("St Brannock’s was begun in the twelfth century and never finished. The tower leans by eleven inches. " + para("works", 99, 5)),
         h(1, "Where to eat"), table([["Mill Café", "daily, 10 to 17"], ["The Plough", "evenings, not on Mondays"]], head=0, ruled="full", align="ll", widths=[.4, .56], share=.46),
         h(1, "Walks"), ol("Along the leat to the upper mill and back, forty minutes.", "To Ferrybridge by the old road, two hours and a half; the bus brings you back.", "Around the quarry, one hour, with a steep part that is slippery after rain."), p(para("survey", 100, 6))),
]
DOCS = [
    Doc("vita", "life story in two columns", VITA, [
        ("vita-chromium", "chromium", {"css": '@page{margin:14mm} html{font:10pt/1.35 "Carlito"} .flow>div>div:first-child{background:#e8edf2;padding:5mm;box-sizing:border-box} h3{border-bottom:.6pt solid #678} h4{margin:.5em 0 .1em}'}), ("vita-latex", "pdflatex", {"font": r"\usepackage{mathpazo}", "clsopt": "10pt,a4paper", "preamble": r"\setlength{\parindent}{0pt}\setlength{\leftmargini}{12pt}", "geometry": "margin=18mm"})]),
    Doc("agenda", "programme of a conference", AGENDA, [
        ("agenda-writer", "libreoffice", {"font": "Liberation Sans", "size": 10}), ("agenda-latex", "pdflatex", {"font": r"\usepackage{mathptmx}"}), ("agenda-weasyprint", "weasyprint", {})], foot=("", "Conference on Small Harbours, 2024", "")),
    Doc("exam", "examination paper", EXAM, [
        ("exam-latex", "pdflatex", {"font": r"\usepackage{mathptmx}"}), ("exam-weasyprint", "weasyprint", {"own_markers": True})], head=("", "", "N 4"), foot=("", "Turn over", "")),
    Doc("mail", "printed electronic mail", MAIL, [
        ("mail-chromium", "chromium", {"css": 'html{font:11pt/1.45 "Liberation Sans"} td:first-child{font-weight:bold}'}), ("mail-writer", "libreoffice", {"font": "Liberation Sans", "size": 10})], foot=("Printed from the harbour office", "", "Page {page} of {pages}")),
    Doc("encyclopaedia", "encyclopaedia in two columns", ENCYCLOPAEDIA, [
        ("encyclopaedia-weasyprint", "weasyprint", {"just": True, "css": '@page{size:170mm 240mm;margin:20mm 16mm} html{font:9.5pt/1.3 "Caladea"} h3{font-size:1.1em}'}), ("encyclopaedia-latex", "pdflatex", {"clsopt": "10pt,twocolumn", "no_multicols": True, "geometry": "paperwidth=180mm,paperheight=250mm,margin=18mm", "font": r"\usepackage{mathpazo}", "heads": ["section", "subsection"]})], head=("GANNET", "", "HOLM"), foot=("", "{page}", "")),
    Doc("menu", "menu of a restaurant", MENU, [
        ("menu-weasyprint", "weasyprint", {"css": '@page{size:A5;margin:15mm} html{font:11pt/1.5 "Caladea"} h1,h2{text-align:center;font-weight:normal} h2{font-style:italic}'}), ("menu-latex", "pdflatex", {"clsopt": "12pt,a5paper", "geometry": "margin=15mm", "font": r"\usepackage{mathpazo}", "title": r"\centering\Huge\itshape"})]),
    Doc("web", "web page with links", WEB, [
        ("web-chromium", "chromium", {"css": 'html{font:11.5pt/1.5 "Liberation Sans"} h1{font-size:2.1em} a{color:#05a}'})], foot=("library.example/moving", "", "{page}/{pages}")),
    Doc("standard", "standard with numbered clauses", STANDARD, [
        ("standard-latex", "pdflatex", {"font": r"\usepackage{helvet}\renewcommand{\familydefault}{\sfdefault}", "clsopt": "10pt,a4paper", "preamble": r"\setlength{\parindent}{0pt}\setlength{\parskip}{5pt}\usepackage[labelsep=endash]{caption}"}), ("standard-weasyprint", "weasyprint", {"css": 'html{font:10pt/1.4 "Liberation Sans"} h2{font-size:1.15em} h3,h4{font-size:1em}'})],
        head=("TB 117:2024", "", "Tide boards"), foot=("© Committee of Harbour Masters", "", "{page}")),
    Doc("annual", "annual report with mixed columns", ANNUAL, [
        ("annual-chromium", "chromium", {"just": True, "css": 'html{font:10pt/1.4 "Carlito"}'}), ("annual-writer", "libreoffice", {"font": "Carlito", "size": 10})], head=("Saltmouth Cooperative", "", "Annual report 2023"), foot=("", "{page}", "")),
    Doc("guide", "travel guide", GUIDE, [
        ("guide-chromium", "chromium", {"just": True, "css": '@page{size:150mm 210mm;margin:15mm} html{font:9.5pt/1.35 "Liberation Sans"}'}), ("guide-writer", "libreoffice", {"font": "Liberation Serif", "size": 10, "just": True, "hyphenate": True})], foot=("The Coast in Ten Days", "", "{page}")),
]
