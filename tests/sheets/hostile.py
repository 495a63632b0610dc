"""Files that a shop owner may be sent and that must never do harm."""

import io
import zipfile

from openpyxl import Workbook

CONTENT_TYPES = "[Content_Types].xml"
SHEET = "xl/worksheets/sheet1.xml"


def workbook(*rows):
    """A normal workbook of these rows, as bytes."""
    book = Workbook()
    for row in rows or (("Name", "E-mail"), ("Sato", "sato@mail.example")):
        book.active.append(row)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def rebuilt(data=None, *, replace=None, add=None, drop=()):
    """The workbook with parts replaced, added or dropped."""
    output = io.BytesIO()
    source = zipfile.ZipFile(io.BytesIO(data or workbook()))
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            if name in drop:
                continue
            content = source.read(name)
            if replace and name in replace:
                content = replace[name](content)
            target.writestr(name, content)
        for name, content in (add or {}).items():
            target.writestr(name, content)
    return output.getvalue()


def bomb():
    return rebuilt(add={"xl/media/image1.xml": b"0" * (60 << 20)})


def entities(reference=b"&lol;"):
    declaration = (
        b'<!DOCTYPE x [<!ENTITY lol "ha"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
    )

    def poison(content):
        head, body = content.split(b">", 1) if b"?>" in content else (b"", content)
        return head + (b">" if head else b"") + declaration + body

    return rebuilt(replace={SHEET: poison})


def far_cell(reference=b"XFD1048576"):
    cell = b'<c r="%s" t="n"><v>1</v></c></row></sheetData>' % reference
    return rebuilt(
        replace={SHEET: lambda xml: xml.replace(b"</row></sheetData>", cell)}
    )


def odd_cell(cell):
    """A cell at the far end, spelt so that only a real parser finds it."""
    return rebuilt(
        replace={
            SHEET: lambda xml: xml.replace(
                b"</row></sheetData>", cell + b"<v>1</v></c></row></sheetData>"
            )
        }
    )


ODD_CELLS = [
    b"<c r='XFD1048576'>",
    b'<c r = "XFD1048576">',
    b'<c s="0" x="' + b"x" * 300 + b'" r="XFD1048576">',
    b'<c x=">" r="XFD1048576">',
    b'<c r="xfd1048576">',
    b'<c r="&#88;FD1048576">',
]


def hidden_sheet(part):
    """The far cell in a sheet that is stored as *part*."""
    poisoned = zipfile.ZipFile(io.BytesIO(far_cell())).read(SHEET)
    relations = "xl/_rels/workbook.xml.rels"

    def elsewhere(xml):
        for name in (b"/xl/worksheets/sheet1.xml", b"worksheets/sheet1.xml"):
            xml = xml.replace(name, b"/" + part.encode())
        return xml

    return rebuilt(replace={relations: elsewhere}, add={part: poisoned})


def shared_bomb(count=5_000, length=30_000):
    """One long text that thousands of cells share."""
    cell = b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>'
    rows = b"".join(cell % (row, row) for row in range(1, count + 1))
    texts = b"<sst><si><t>" + b"x" * length + b"</t></si></sst>"

    def filled(xml):
        return xml[: xml.index(b"<row")] + rows + xml[xml.index(b"</sheetData>") :]

    return rebuilt(replace={SHEET: filled}, add={"xl/sharedStrings.xml": texts})


def many_columns(count=3000):
    return workbook([f"column {number}" for number in range(count)], ["x"] * count)


def macros():
    return rebuilt(add={"xl/vbaProject.bin": b"\xd0\xcf"})


def slipped():
    return rebuilt(add={"../../evil.sh": b"echo"})


def encrypted():
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 500
        + ("EncryptedPackage".encode("utf-16-le") + b"\0" * 500)
    )


def old_excel():
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1000


def truncated():
    return workbook()[:-200]


def lying():
    """A part whose stored checksum does not fit what it unpacks to."""
    data = bytearray(workbook())
    at = data.index(b"xl/worksheets/sheet1.xml") + 60
    data[at] ^= 0xFF
    return bytes(data)


def no_contents():
    return rebuilt(drop=(CONTENT_TYPES,))


def malformed():
    return rebuilt(replace={SHEET: lambda xml: xml[: len(xml) // 2]})
