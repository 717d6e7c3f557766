#!/usr/bin/env python3
"""usage: make_journal_corpus.py JOURNAL OUT: seeds of the fuzz target journal, with the tables of JOURNAL
(any that Recto made) in pages of 512 bytes, so that a whole one has 5 kB."""
import pathlib
import sqlite3
import struct
import sys

PAGE = 512


def make(path, tables, sql="", keep_marks=True):
    path.unlink(missing_ok=True)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute(f"PRAGMA page_size={PAGE}")
    if keep_marks:
        db.execute(f"PRAGMA application_id={0x52637430}")
        db.execute("PRAGMA user_version=1")
    for table in tables:
        db.execute(table)
    db.execute("INSERT INTO batch VALUES(1,1)")
    db.executescript(sql)
    db.close()
    for end in ("-wal", "-shm", "-journal"):
        pathlib.Path(str(path) + end).unlink(missing_ok=True)
    return bytearray(path.read_bytes())


def interior(child):
    page = bytearray(PAGE)
    page[0] = 5
    struct.pack_into(">H", page, 5, PAGE)
    struct.pack_into(">I", page, 8, child)
    return page


def main():
    tables = [s for (s,) in sqlite3.connect(sys.argv[1]).execute(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")]
    out = pathlib.Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    run = "INSERT INTO runs VALUES(1,1e9,1e9+5,1e9+6,'0.1.0','f','{}',1,'host');"
    document = ("INSERT INTO documents VALUES(%d,'%s','/in/x',NULL,NULL,%s,10,1000,NULL,'%s',%s,%s,'pdf',"
                "2,0,0,0,1,1e9,0.25,1);")
    page = "INSERT INTO pages VALUES(%d,%d,%s,NULL,'line',%s,0.5,0.1);"
    output = "INSERT INTO outputs VALUES(%d,'%s.md',5,'" + "0" * 64 + "');"
    full = run + document % (1, "a.pdf", "NULL", "ok", "NULL", "NULL") + page % (1, 1, "NULL", "NULL") + \
        page % (1, 2, "NULL", "'low_confidence,rotated'") + output % (1, "a.pdf") + \
        document % (2, "b.pdf", "'note'", "partial", "'timeout'", "'page 1'") + page % (2, 1, "'timeout'", "NULL") + \
        document % (3, "c.pdf", "NULL", "failed", "'format'", "'no pages'") + \
        document % (4, "d.pdf", "NULL", "pending", "NULL", "NULL")
    many = run + "".join(document % (i, f"{i}.pdf", "NULL", "ok", "NULL", "NULL") + page % (i, 1, "NULL", "NULL")
                         for i in range(1, 30))
    whole = make(out / "whole", tables, full)
    make(out / "empty", tables)
    make(out / "many", tables, many)
    make(out / "freelist", tables, many + "DELETE FROM documents WHERE id>3; DELETE FROM pages WHERE document>3;")
    make(out / "overflow", tables, full + "UPDATE documents SET message=printf('%.2000c','x') WHERE id=3;")
    make(out / "view", tables, "DROP TABLE pages; CREATE VIEW pages AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
         "SELECT i+1 FROM n) SELECT i AS document FROM n;")
    make(out / "trigger", tables, "CREATE TRIGGER t AFTER INSERT ON pages BEGIN DELETE FROM documents; END;")
    make(out / "odd-values", tables, full + "UPDATE documents SET state='x',class='y',pages=-1,attempts=1e18,"
         "seconds=-1e300,run=9; UPDATE pages SET reader='z',flags=',,x,',confidence=9;")
    make(out / "wal", tables, full + "PRAGMA journal_mode=WAL;")
    make(out / "no-marks", tables, full, keep_marks=False)
    (out / "cut").write_bytes(whole[:len(whole) * 2 // 3])
    (out / "header").write_bytes(whole[:100])
    (out / "text").write_bytes(b"this is no database\n")
    (out / "nothing").write_bytes(b"")
    db = sqlite3.connect(out / "whole")
    root = db.execute("SELECT rootpage FROM sqlite_schema WHERE name='documents'").fetchone()[0]
    db.close()
    n = len(whole) // PAGE
    for name, children in (("circle", [n + 1, root]), ("deep", [n + i + 1 for i in range(30)] + [2])):
        data = bytearray(whole)
        data[(root - 1) * PAGE:root * PAGE] = interior(children[0])
        for child in children[1:]:
            data += interior(child)
        struct.pack_into(">I", data, 28, len(data) // PAGE)
        (out / name).write_bytes(data)


main()
