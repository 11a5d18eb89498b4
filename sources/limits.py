"""How large a file may be, and why.  Beyond, it is held with a message: a night neither hangs nor runs out of memory."""

from typing import Final

COLUMNS: Final = 500
"""Of one table.  The widest forms we know of have about 100; thousands mean that rows and columns changed places, or a stray
cell far to the right."""

CELL: Final = 32_767
"""Characters of one cell: as many as Excel holds.  A longer one has swallowed other cells; its row counts as damaged."""

LONGEST_LINE: Final = 1 << 23
"""Characters without a line end: 500 cells of 16,000 characters.  A text file with a longer line is not a table."""

SHEET_CELLS: Final = 30_000_000
"""Rows times columns of one sheet's used range: a full sheet of 1,048,576 rows by 28 columns.  The library keeps every cell of
the range in memory, at about 30 bytes, empty ones too."""

ROW_GROUP: Final = 2 << 30
"""Bytes, unpacked, of one row group of a Parquet file: writers make them of some 100 MB."""

STRETCH: Final = 1 << 29
"""Bytes of a column in 50,000 rows of a Parquet file, 10,000 a cell: a text that a dictionary repeats takes no room in it."""

MEMBERS: Final = 200
"""Files in one ZIP archive: a day's deliveries of every township of a county, twice over."""

UNPACKED: Final = 4 << 30
"""Bytes of a ZIP archive, unpacked: 25 times the largest delivery we measured (1,000,000 rows, 160 MB)."""

RATIO: Final = 200
"""Unpacked bytes per packed byte.  Tables shrink to a fifth or, with long code columns, a fiftieth; bombs to a thousandth."""

SMALL: Final = 1 << 20
"""A member of so few bytes, unpacked, may shrink as it likes."""
