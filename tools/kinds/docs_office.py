"""Papers of an office: minutes, report, invoice, contract, bank statement, price list."""

from model import Cell, Doc, brk, code, cols, fig, h, margin, ol, p, page, side, table, title, ul

MINUTES = [
    title("Minutes of the Harbour Council"),
    p("Held in the reading room of the Customs House on Tuesday 14 May 2024 at 19:00"),
    h(1, "Present", "1"),
    ul("Councillor Adaeze Whitlock (chair)", "Councillor Torben Quist", "Councillor Maryam Sandoval-Reyes, from item 4",
       "The harbour master, Mr Ewan Drysdale", "The clerk, Ms Ingrid Pell, who took these minutes"),
    p("Apologies were received from Councillor Halloran, who was at sea, and from the surveyor. The meeting was quorate throughout and eleven members of the public attended, of whom two asked to speak."),
    h(1, "Minutes of the last meeting", "2"),
    p("The minutes of 9 April were approved with one correction: the width of the eastern slipway is 6.4 metres and not 4.6 metres, as was printed on page 3. The clerk will send the corrected page to the archive and to the contractor, whose drawings were made from it."),
    h(1, "Reports", "3"),
    h(2, "The harbour master", "3.1"),
    p("Mr Drysdale reported that the number of visiting boats had risen for the third spring in a row. Between 1 March and 30 April there were 412 arrivals, against 366 in the year before. Most of them stayed for one night only, and a good third came for the new pump at the fuel jetty. Two boats left without paying; the owners of both have been written to."),
    p("The tide gauge failed on 22 April after a lightning strike and was out of use for six days. During this time the heights were read from the painted board and written into the log by hand. The makers have replaced the instrument under guarantee, but *not* the cable, which the council has to buy itself for about £340."),
    h(2, "The treasurer", "3.2"),
    p("Income and expenditure to the end of April stand as follows. The treasurer drew attention to the cost of dredging, which will fall wholly into this financial year because the barge could come earlier than planned."),
    table([["Heading", "Budget", "To date", "Left"], ["Mooring fees", "£84,000", "£31,250", "£52,750"], ["Fuel jetty", "£22,500", "£9,870", "£12,630"],
           ["Dredging", "£61,000", "£58,400", "£2,600"], ["Lights and marks", "£7,800", "£1,145", "£6,655"], ["Wages", "£96,400", "£32,133", "£64,267"]],
          align="lrrr", widths=[.34, .2, .2, .2], caption="Table 1. Budget and spending in the year 2024/25."),
    p("The council took note of the report. Councillor Quist asked that in future the figures be sent to members a week before the meeting, since nobody can judge a table that is read aloud."),
    h(1, "Matters for decision", "4"),
    h(2, "Repair of the north pier", "4.1"),
    p("The surveyor’s letter of 2 May was read. It finds that eleven of the forty piles are eaten through at the water line and that the crane should not be used until they are replaced. Three offers had been obtained. After discussion the council **resolved** by four votes to one:"),
    ol("to close the pier to vehicles with immediate effect;", "to accept the offer of Messrs Lindqvist and Daughter for £118,900, which is not the lowest but includes the removal of the old piles;",
       "to ask the county for a contribution of one half, and in particular", ol("to send the surveyor’s letter with photographs, and", "to invite the county engineer to a low water in June;", mark="(a)"),
       "to tell the fishermen’s association in writing before the end of the week."),
    h(2, "Lighting of the promenade", "4.2"),
    p("A petition with 214 signatures asks for the lamps on the promenade to be switched off at midnight. A resident of Cable Street, invited to speak, said that her bedroom was as bright at two in the morning as at noon. The harbour master had no objection as long as the two leading lights were left alone. It was agreed to switch off every second lamp from June to September and to ask again in the autumn."),
    h(1, "Any other business", "5"),
    p("The chair thanked Mr Arkwright, who has painted the mooring rings every spring since 1987 and is giving up his brush. The next meeting will be held on 11 June. The meeting closed at 21:25."),
]
MARGINS = [b for b in MINUTES]

CLAUSES = [
    title("Agreement for the Hire of a Rehearsal Room"),
    p("This agreement is made on 3 September 2024 between the **Tanner’s Yard Trust**, a charity whose office is at 12 Tanner’s Yard, Ferrybridge (the “Trust”), and the **Ferrybridge Wind Band**, an association without legal personality acting through its secretary, Ms Oluwaseun Marsh (the “Band”)."),
    h(1, "Definitions", "1."),
    p("1.1 In this agreement the following words have the meaning given to them here, whether or not they are written with a capital letter:"),
    ul("“Room” means the large hall on the first floor, together with the store behind the stage and the use of the kitchen;", "“Session” means a period of three hours beginning at 18:30 on a Wednesday, or at another time that both parties have agreed to in writing;",
       "“Season” means the time from the second Wednesday of September to the last Wednesday of June.", mark="–"),
    p("1.2 Headings are for convenience only. A reference to a clause is to a clause of this agreement. Words in the singular include the plural, and writing includes electronic mail but not messages of fewer than twenty words."),
    h(1, "Hire", "2."),
    p("2.1 The Trust lets the Room to the Band for thirty-eight Sessions in each Season. The Band may give up any Session on seven days’ notice; it then pays one half of the fee for that Session, unless the Trust succeeds in letting the Room to somebody else."),
    p("2.2 The Trust may withdraw a Session if the Room is needed for a public election, if the heating has failed, or if the council’s inspector forbids its use. It then offers another Session within the same month. If the Band cannot accept that Session no fee is due for it."),
    p("2.3 The Band may leave its timpani, two xylophones and the library of sheet music in the store. They remain there at the Band’s own risk. The Trust has a key to the store and may enter it in order to reach the fuse box."),
    h(1, "Fees", "3."),
    p("3.1 The fee for each Session is set out below. It includes heating and light. Value added tax is not charged, because the Trust is exempt from it."),
    table([["Season", "Fee for a Session", "Deposit"], ["2024/25", "£46.00", "£200.00"], ["2025/26", "£48.50", "£200.00"], ["2026/27", "£51.00", "none"]], align="lrr", widths=[.3, .3, .2], ruled="full"),
    p("3.2 Fees are due on the first day of the month for all Sessions of the month before. On money that is more than thirty days late the Band pays interest at a rate of four per cent a year."),
    h(1, "Duties of the Band", "4."),
    p("4.1 The Band shall:"),
    ol("leave the Room as it was found, with the chairs stacked by tens and the windows closed;", "let nobody smoke in the building or on the outside staircase;", "keep the doors to the staircase shut while it plays, and stop playing at 21:30;",
       "report any damage on the same evening by telephone, and in writing within two days;", "hold a policy of insurance against claims by third parties for at least £2,000,000 and show it on request.", mark="(a)"),
    p("4.2 The number of persons in the Room must at no time exceed one hundred and twenty. The secretary counts them at the beginning of each Session."),
    h(1, "Duties of the Trust", "5."),
    p("5.1 The Trust shall have the Room heated to at least 18 °C at the beginning of each Session between October and April. If the thermometer beside the door shows less than 16 °C the Band may go home and pays nothing."),
    p("5.2 The Trust shall have the piano tuned twice in each Season. It gives no promise about the acoustics of the Room, which the Band has tried and found good."),
    h(1, "Ending", "6."),
    p("6.1 This agreement begins on the day on which the second party signs it and ends with the Season 2026/27. Either party may end it earlier at the close of a Season, by notice in writing given before the last day of March."),
    p("6.2 Either party may end it at once if the other has broken it and, having been asked in writing to put matters right, has not done so within twenty-one days. What has been paid in advance is then returned in proportion."),
    h(1, "General", "7."),
    p("7.1 This agreement is the whole of what the parties have agreed. It can only be changed in writing. If one of its clauses turns out to be void the others remain in force, and the parties will replace the void clause by one that comes as close to it as the law allows."),
    p("7.2 A dispute is first put before the mediator of the county’s association of village halls. Only when this has failed may either party go to court."),
]

DOCS = [
    Doc("minutes", "minutes of a council", MINUTES, [
        ("minutes-chromium", "chromium", {"tagged": True}),
        ("minutes-latex", "pdflatex", {"clsopt": "11pt,a4paper", "bookmarks": True, "font": r"\usepackage{mathptmx}"}),
        ("minutes-writer", "libreoffice", {"font": "Carlito", "own": True}),
    ], head=("Harbour Council", "", "14 May 2024"), foot=("", "Page {page} of {pages}", "")),
    Doc("contract", "contract with numbered clauses", CLAUSES, [
        ("contract-latex", "pdflatex", {"cls": "scrartcl", "clsopt": "10pt,a4paper", "font": r"\usepackage{mathptmx}\usepackage[scaled]{helvet}", "preamble": r"\setcounter{secnumdepth}{1}\renewcommand{\thesection}{\arabic{section}.}"}),
        ("contract-writer", "libreoffice", {"font": "Liberation Sans", "size": 10, "just": True, "hyphenate": True, "heads": [(1.1, "bold")]}),
    ], foot=("Hire of a rehearsal room", "", "{page}")),
]

INVOICE = [
    p("**Quayside Joinery Ltd**", cls="big", loose=True),
    p("Unit 4, Rope Walk, Saltmouth SM3 7QD", cls="small"),
    p("Telephone 01632 960 417, office@quayside-joinery.example", cls="small"),
    title("Invoice 2024-0388"),
    p("To: Larkfield School, The Bursar, Hill Road, Larkfield LF2 1AA"),
    p("Date of invoice: 28 June 2024. Your order: LS/1142. Date of delivery: 24 June 2024."),
    table([["Item", "Description", "Quantity", "Unit price", "Amount"],
           ["1", "Oak bench, 180 cm, oiled, with back rest, assembled on site", "6", "£412.00", "£2,472.00"],
           ["2", "Coat rail with twelve hooks", "9", "£58.50", "£526.50"],
           ["3", "Repair of the stage steps: two treads replaced, all joints glued again", "1", "£365.00", "£365.00"],
           ["4", "Beeswax polish, tin of 500 g", "4", "£11.25", "£45.00"],
           ["5", "Delivery and removal of packaging", "1", "£60.00", "£60.00"],
           [Cell("Sum", cs=4, align="r"), "£3,468.50"], [Cell("Value added tax 20 %", cs=4, align="r"), "£693.70"], [Cell("Total to pay", cs=4, align="r"), "£4,162.20"]],
          align="llrrr", widths=[.08, .44, .14, .16, .18]),
    p("Please pay within 30 days to account 55 77 01 at the Saltmouth Mutual Bank, sort code 09-00-00, and quote the number of the invoice."),
    p("The goods remain our property until they have been paid for in full. Wood is a natural material: small cracks and changes of colour are not a reason for complaint."),
    p("Thank you for your order."),
]
STATEMENT_ROWS = [["Date", "Details", "Paid out", "Paid in", "Balance"], ["01 Mar", "Balance brought forward", "", "", "1,284.16"]]
_balance = 1284.16
for _d, _t, _o, _i in [("01 Mar", "Standing order Hillside Lettings", 645.0, 0), ("02 Mar", "Card payment Corner Grocery", 23.87, 0), ("04 Mar", "Transfer from A. Whitlock", 0, 120.0), ("05 Mar", "Card payment Railway tickets", 41.3, 0),
                       ("06 Mar", "Cash machine Market Place", 60.0, 0), ("08 Mar", "Direct debit Northern Water", 31.45, 0), ("11 Mar", "Card payment Bakery", 7.6, 0), ("12 Mar", "Salary Saltmouth Library", 0, 1932.4),
                       ("13 Mar", "Direct debit Electricity", 58.2, 0), ("15 Mar", "Card payment Bookshop", 34.99, 0), ("18 Mar", "Card payment Corner Grocery", 51.12, 0), ("19 Mar", "Interest", 0, 1.07), ("21 Mar", "Cheque 000417", 88.0, 0),
                       ("22 Mar", "Card payment Dentist", 65.0, 0), ("25 Mar", "Transfer to savings", 400.0, 0), ("27 Mar", "Card payment Theatre", 38.5, 0), ("28 Mar", "Refund Bookshop", 0, 12.99), ("29 Mar", "Card payment Corner Grocery", 44.08, 0)] + [
        (f"{_n:02d} Apr", _what, _out, _in) for _n, _what, _out, _in in ((1, "Standing order Hillside Lettings", 645.0, 0), (2, "Card payment Garden centre", 27.4, 0), (3, "Direct debit Telephone", 18.0, 0), (4, "Card payment Corner Grocery", 33.65, 0), (5, "Cash machine Harbour", 40.0, 0),
        (8, "Direct debit Northern Water", 31.45, 0), (9, "Card payment Optician", 149.0, 0), (10, "Transfer from M. Sandoval", 0, 75.0), (11, "Card payment Bakery", 9.2, 0), (12, "Salary Saltmouth Library", 0, 1932.4), (15, "Direct debit Electricity", 61.9, 0), (16, "Card payment Ferry", 22.0, 0), (17, "Cheque 000418", 130.0, 0),
        (18, "Card payment Corner Grocery", 47.31, 0), (19, "Card payment Shoe repair", 16.5, 0), (22, "Card payment Ironmonger", 12.75, 0), (23, "Standing order Choir", 15.0, 0), (24, "Transfer to savings", 300.0, 0), (25, "Card payment Bakery", 6.85, 0), (26, "Card payment Café on the quay", 14.2, 0), (29, "Card payment Corner Grocery", 39.99, 0), (30, "Interest", 0, 1.12))]:
    _balance += _i - _o
    STATEMENT_ROWS.append([_d, _t, f"{_o:,.2f}" if _o else "", f"{_i:,.2f}" if _i else "", f"{_balance:,.2f}"])
STATEMENT_ROWS.append(["30 Apr", "Balance carried forward", "", "", f"{_balance:,.2f}"])
STATEMENT = [
    title("Statement of account"),
    p("Ms Clara Benbow, Flat 2, 19 Cable Street, Saltmouth"),
    p("Account number 40 118 220. Period 1 March to 30 April 2024. All amounts in pounds."),
    table(STATEMENT_ROWS, long=True, ruled="none", align="llrrr", widths=[.12, .4, .15, .15, .16]),
    p("Please check this statement and tell us within sixty days if anything is wrong. The rate of interest on credit balances is 0.9 per cent a year."),
]
PRICES = [
    title("Price list for spring 2024"),
    p("Prices are for one plant in a pot of the given size and include value added tax. Plants marked with a star are in short supply."),
    h(1, "Herbs"),
    table([["Basil, sweet", "9 cm", "£2.40"], ["Chervil", "9 cm", "£2.40"], ["Lovage", "13 cm", "£4.80"], ["Mint, Moroccan", "11 cm", "£3.20"], ["Sage, purple", "13 cm", "£4.60"], ["Savory, winter", "9 cm", "£2.70"]],
          head=0, ruled="none", align="lrr", widths=[.45, .15, .15]),
    h(1, "Soft fruit"),
    table([["Blackcurrant Ben Alder", "2 litres", "£8.90"], ["Gooseberry Longstone", "2 litres", "£9.50"], ["Raspberry Tayside, bundle of five canes", "bare root", "£14.00"], ["Strawberry Evening Star, tray of ten", "7 cm", "£11.50"]],
          head=0, ruled="none", align="lrr", widths=[.45, .15, .15]),
    h(1, "Climbers"),
    p("All climbers are at least 60 cm high and tied to a cane."),
    table([["Name", "Flower", "Pot", "Price"], ["Clematis Harbour Mist", "pale blue, May to June", "3 litres", "£16.50"], ["Honeysuckle, late", "cream, July to October", "3 litres", "£15.00"], ["Hop, golden", "", "2 litres", "£9.80"], ["Rose Captain Drysdale", "dark red, all summer", "5 litres", "£24.00"]],
          head=1, ruled="none", align="llrr", widths=[.28, .3, .13, .13]),
    h(1, "Delivery"),
    p("Orders above £60 are delivered free of charge within twenty miles of Saltmouth. For shorter orders we charge £6. Plants travel badly in frost, so that nothing is sent before the middle of March."),
]
FINANCE = [
    title("Tanner’s Yard Trust"),
    h(1, "Statement of financial activities"),
    p("for the year ended 31 March 2024, in pounds"),
    table([["", "Notes", "General", "Restricted", "2024", "2023"],
           ["Income", "", "", "", "", ""],
           ["Hire of rooms", "2", "48,310", "–", "48,310", "41,905"],
           ["Grants", "3", "5,000", "22,500", "27,500", "18,000"],
           ["Gifts and legacies", "", "3,118", "640", "3,758", "9,402"],
           ["**Total income**", "", "**56,428**", "**23,140**", "**79,568**", "**69,307**"],
           ["Expenditure", "", "", "", "", ""],
           ["Wages", "4", "(24,960)", "–", "(24,960)", "(23,100)"],
           ["Heating and light", "", "(11,287)", "–", "(11,287)", "(8,944)"],
           ["Repair of the roof", "5", "(2,140)", "(21,880)", "(24,020)", "(3,015)"],
           ["Insurance", "", "(3,406)", "–", "(3,406)", "(3,250)"],
           ["**Total expenditure**", "", "**(41,793)**", "**(21,880)**", "**(63,673)**", "**(38,309)**"],
           ["**Net movement in funds**", "", "**14,635**", "**1,260**", "**15,895**", "**30,998**"],
           ["Funds brought forward", "", "61,204", "4,870", "66,074", "35,076"],
           ["**Funds carried forward**", "6", "**75,839**", "**6,130**", "**81,969**", "**66,074**"]],
          ruled="partly", align="lcrrrr", widths=[.34, .1, .14, .14, .13, .13]),
    p("The notes on the following pages are part of these accounts. All activities are continuing ones, and there were no gains or losses other than those shown."),
    h(1, "Notes"),
    ol("*Basis.* The accounts are prepared under the historical cost convention and follow the recommended practice for small charities.",
       "*Hire of rooms.* Regular users pay in arrears. At the end of the year £1,905 was owed, all of which has since been received.",
       "*Grants.* The county gave £22,500 for the roof, of which £620 had not been spent at the end of the year.",
       "*Wages.* The trust employs a caretaker and, for ten hours a week, a bookkeeper. Nobody earned more than £60,000.", mark="1."),
]
TIMES = ["06:12", "06:42", "07:12", "07:42", "08:27", "09:27", "11:27", "13:27"]


def later(t, m):
    x = int(t[:2]) * 60 + int(t[3:]) + m
    return f"{x // 60:02d}:{x % 60:02d}"


STOPS = [("Saltmouth Harbour", 0), ("Market Place", 4), ("Larkfield School", 9), ("Ferrybridge Cross", 17), ("Ferrybridge Station", 21), ("Upper Quarry", 33), ("Marsh Road End", 38), ("Whitlow Mill", 46), ("Whitlow Church", 49)]
TIMETABLE = [
    title("Bus 14: Saltmouth to Whitlow"),
    p("Valid from 26 May 2024"),
    h(1, "Mondays to Fridays"),
    table([["Stop"] + TIMES[:8]] + [[s] + [later(t, m) if not (i == 2 and k in (4, 6)) and not (i > 6 and k == 0) else "–" for k, t in enumerate(TIMES)] for i, (s, m) in enumerate(STOPS)], align="l" + "c" * 8, widths=[.25] + [.09] * 8),
    h(1, "Saturdays"),
    table([["Stop"] + TIMES[3:8]] + [[s] + [later(t, m + 5) for t in TIMES[3:8]] for s, m in STOPS if m not in (4, 38)], align="l" + "c" * 5, widths=[.25] + [.09] * 5),
    p("On Sundays and public holidays there is no service. Dogs travel free; bicycles are carried if there is room and cost £1."),
]
BRIEF = [
    p("Stadtbücherei Wiesenau", cls="right", tex=r"{\raggedleft %s\par}", style="Right"), p("Am Alten Gaswerk 3, 31999 Wiesenau", cls="right", tex=r"{\raggedleft %s\par}", style="Right"),
    p("Frau Dr. Jördis Überacker, Lindenallee 17, 31999 Wiesenau"),
    p("Wiesenau, den 12. März 2024", cls="right", tex=r"{\raggedleft %s\par}\bigskip", style="Right"),
    p("**Ihre Schenkung vom 28. Februar**", loose=True),
    p("Sehr geehrte Frau Dr. Überacker,"),
    p("für die großzügige Schenkung von 312 Bänden aus dem Nachlass Ihres Vaters danke ich Ihnen im Namen der Bücherei sehr herzlich. Besonders die vollständige Reihe der Heimatkalender von 1891 bis 1938 schließt eine Lücke, die wir seit Jahrzehnten bedauern. Wir haben die Bücher in der vergangenen Woche durchgesehen und werden sie bis zum Sommer in den Katalog aufnehmen."),
    p("Drei Punkte möchte ich mit Ihnen noch klären:"),
    ol("Einige Bände tragen handschriftliche Widmungen. Dürfen wir sie öffentlich ausleihen, oder sollen sie nur im Lesesaal benutzt werden?", "Siebzehn Titel besitzen wir bereits. Wären Sie einverstanden, wenn wir sie an die Schulbücherei weitergeben?",
       "Für die Spendenbescheinigung benötigen wir einen ungefähren Wert. Unser Antiquar schätzt die Sammlung auf 2.400 Euro."),
    p("Gern würde ich Ihnen die Aufstellung der Sammlung persönlich zeigen. Vielleicht passt es Ihnen an einem der folgenden Nachmittage, an denen unsere Fachbibliothekarin für Landesgeschichte im Hause ist: Dienstag, 26. März, oder Donnerstag, 4. April, jeweils ab 15 Uhr."),
    p("Mit freundlichen Grüßen"), p("Thorsten Mäurer, Büchereileiter"), p("Anlage: Verzeichnis der übergebenen Bände"),
]
BERICHT = [
    title("Bericht über die Grundwassermessung 2023"),
    h(1, "Anlass und Auftrag", "1"),
    p("Die Gemeinde Wiesenau beauftragte das Ingenieurbüro am 9. Januar 2023 mit der Fortführung der Grundwassermessungen im Bereich der ehemaligen Ziegelei. Ziel ist es, den Einfluss der Wasserhaltung auf die benachbarten Hausbrunnen zu beurteilen. Der vorliegende Bericht fasst die Ergebnisse zusammen und schlägt Maßnahmen für die kommenden Jahre vor."),
    h(1, "Durchführung", "2"),
    h(2, "Messstellen", "2.1"),
    p("Es wurden neun Messstellen monatlich mit dem Lichtlot abgelesen. In zwei weiteren Brunnen zeichneten Datensammler den Wasserstand stündlich auf.{fn:Die Messstelle B 7 war vom 3. bis zum 19. Mai wegen Bauarbeiten nicht zugänglich.} Die Lage der Messstellen ist dem Übersichtsplan zu entnehmen, die wichtigsten Kennwerte der folgenden Tabelle."),
    table([["Messstelle", "Tiefe in m", "Höchster Stand", "Niedrigster Stand", "Mittel"], ["B 1", "12,5", "48,12", "46,88", "47,43"], ["B 2", "14,0", "48,30", "46,95", "47,51"], ["B 4", "9,8", "47,66", "46,02", "46,91"], ["B 7", "11,2", "47,92", "46,40", "47,10"], ["B 9", "16,3", "49,05", "47,71", "48,36"]],
          ruled="partly", align="lrrrr", widths=[.2, .17, .2, .22, .15], caption="Tabelle 1: Wasserstände in Metern über Normalnull", floats="h"),
    h(2, "Auswertung", "2.2"),
    p("Die Ganglinien zeigen in allen Messstellen den üblichen Jahresgang mit einem Höchststand im März und einem Tiefststand im Oktober. Auffällig ist der rasche Rückgang im Juni, der zeitlich mit der Inbetriebnahme der dritten Pumpe zusammenfällt. Ein Zusammenhang mit der Trockenheit lässt sich dennoch nicht ausschließen, weil auch die weit entfernte Messstelle B 9 um 0,34 Meter gefallen ist.{fn:Vergleiche dazu den Bericht des Vorjahres, Abschnitt 3.}"),
    fig("chart", .6, .5, "Abbildung 1: Fördermengen der Pumpen in den Monaten Januar bis August"),
    h(1, "Empfehlungen", "3"),
    ul("Die Messungen sollten mindestens bis Ende 2025 fortgesetzt werden.", "Die Pumpe 3 sollte von Mai bis September nur nachts laufen.", "Für die Hausbrunnen in der Ziegeleistraße sollte eine Beweissicherung durchgeführt werden:", ul("vor Beginn der nächsten Bauphase,", "unmittelbar nach ihrem Abschluss.", mark="–")),
    p("Bei Beachtung dieser Empfehlungen bestehen aus wasserwirtschaftlicher Sicht keine Bedenken gegen die Fortführung des Vorhabens. Die Kosten der zusätzlichen Messungen betragen voraussichtlich 6.800 Euro im Jahr und sind im Haushaltsplan der Gemeinde bereits enthalten."),
]
MARGINAL = [
    title("Minutes of the Bell Founders’ Guild"),
    p("Meeting of 2 February 2024 in the Foundry Room, Master Hallworth in the chair"),
    margin("Apologies"),
    p("Apologies were received from the guilds of Whitlow and Marsh End. The minutes of the meeting in November were read and signed. Mr Trevanion asked that the word “cracked” be replaced by “flawed” in the report on the tenor of St Brannock, which was agreed."),
    margin("Bronze"),
    p("The price of tin has risen by eleven per cent since the autumn. Mistress Okonjo has found a dealer in Penryn who will hold forty hundredweight at the old price until Lady Day, on payment of one tenth. It was resolved to accept, and to divide the metal among the members according to their orders."),
    margin("Apprentices: see the letter of 14 January"),
    p("There are five applicants for two places. All of them have been seen by the examiners, who praise three. After some discussion it was agreed to create a third place for one year, the cost to be borne by the guild’s chest. The clerk will write to the parents. One of the applicants is blind, and the examiners report that his hearing is finer than that of any founder present; the guild saw no reason against his admission."),
    margin("Accident at Whitlow"),
    p("On 9 January a mould burst while the treble for Whitlow church was being cast. Two men were burned on the hands and are recovering. The cause was damp loam at the foot of the core. Members are reminded that no mould may be filled within three days of its last coat, whatever the customer says."),
    margin("Dinner"),
    p("The annual dinner will be held on 25 April at the Ship. The price is £38 with wine and £29 without. " + "Those who cannot eat fish should tell the clerk, who has again been asked to keep the speeches short and has again said that he can only keep his own short."),
]
DOCS += [
    Doc("invoice", "invoice", INVOICE, [
        ("invoice-weasyprint", "weasyprint", {"css": '.big{font-size:1.4em} .small{font-size:.8em;margin:0} h1{margin-top:1em}'}),
        ("invoice-writer", "libreoffice", {"font": "Carlito"}),
    ], foot=("", "Registered in Saltmouth, number 4471190", "")),
    Doc("statement", "bank statement", STATEMENT, [
        ("statement-chromium", "chromium", {"css": 'html{font:10pt/1.4 "Liberation Sans"} td,th{padding:.22em .4em}'}),
        ("statement-latex", "pdflatex", {"font": r"\usepackage{helvet}\renewcommand{\familydefault}{\sfdefault}", "clsopt": "10pt,a4paper"}),
        ("statement-writer", "libreoffice", {"font": "Liberation Sans", "size": 10}),
    ], head=("Saltmouth Mutual Bank", "", "Sheet {page}"), foot=("", "Saltmouth Mutual Bank, 1 Quay Street, Saltmouth", "")),
    Doc("prices", "price list without rules", PRICES, [
        ("prices-chromium", "chromium", {}), ("prices-latex", "pdflatex", {"font": r"\usepackage{mathpazo}", "preamble": r"\renewcommand{\arraystretch}{1.15}"}), ("prices-writer", "libreoffice", {"font": "Caladea", "cell": 11}),
    ]),
    Doc("finance", "financial statement", FINANCE, [
        ("finance-weasyprint", "weasyprint", {"css": 'html{font:10pt/1.4 "Carlito"}'}), ("finance-latex", "pdflatex", {"font": r"\usepackage{mathptmx}", "clsopt": "10pt,a4paper"}),
    ], foot=("", "{page}", "")),
    Doc("timetable", "timetable", TIMETABLE, [
        ("timetable-chromium", "chromium", {"css": '@page{size:A4 landscape} html{font:10.5pt/1.3 "Carlito"}'}), ("timetable-writer", "libreoffice", {"font": "Liberation Sans Narrow", "size": 10, "width": 25.0, "page": (29.7, 21.0), "margins": (2, 2.3, 2, 2.3)}),
    ], foot=("Saltmouth and District Omnibus", "", "Sheet 14")),
    Doc("brief", "German letter", BRIEF, [
        ("brief-latex", "pdflatex", {"clsopt": "11pt,a4paper", "preamble": r"\setlength{\parindent}{0pt}\setlength{\parskip}{6pt}", "font": r"\usepackage{mathpazo}"}),
        ("brief-writer", "libreoffice", {"font": "Liberation Serif", "just": True, "hyphenate": True}),
    ], lang="de", foot=("", "Öffnungszeiten: Dienstag bis Freitag von 10 bis 18 Uhr", "")),
    Doc("bericht", "German report", BERICHT, [
        ("bericht-latex", "pdflatex", {"cls": "scrartcl", "clsopt": "11pt,a4paper,parskip=half", "font": r"\usepackage{mathptmx}\usepackage{helvet}", "geometry": "left=30mm,right=30mm,top=25mm,bottom=30mm"}),
        ("bericht-weasyprint", "weasyprint", {"just": True, "css": 'html{font-family:"Carlito"}'}),
        ("bericht-writer", "libreoffice", {"font": "Carlito", "just": True, "hyphenate": True, "head_font": "Liberation Sans"}),
    ], lang="de", head=("Ingenieurbüro Nordtief", "", "Grundwassermessung 2023"), foot=("", "Seite {page} von {pages}", "")),
    Doc("marginal", "minutes with marginal notes", MARGINAL, [
        ("marginal-latex", "pdflatex", {"geometry": "left=25mm,right=60mm,marginparwidth=35mm,top=25mm,bottom=25mm", "font": r"\usepackage{mathpazo}", "title": r"\Large\itshape"}),
        ("marginal-writer", "libreoffice", {"width": 13.0, "margins": (2.5, 2.5, 2.5, 5.5)}),
    ], foot=("", "– {page} –", "")),
]
