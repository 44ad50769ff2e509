"""What a shared library does not need to be loaded."""

import struct
from pathlib import Path


def strip_symbols(library: Path) -> None:
    """Cut a 64-bit ELF library after its last segment: section headers and static symbol tables.

    The loader reads segments only. No strip(1) is used because it may be missing, and the one for
    the other architecture nearly always is.
    """
    data = library.read_bytes()
    if data[:6] != b"\x7fELF\x02\x01":
        return
    (phoff,) = struct.unpack_from("<Q", data, 32)
    phentsize, phnum = struct.unpack_from("<HH", data, 54)
    headers = [struct.unpack_from("<IIQQQQ", data, phoff + i * phentsize) for i in range(phnum)]
    end = max(offset + filesz for _, _, offset, _, _, filesz in headers)
    kept = bytearray(data[:end])
    struct.pack_into("<Q", kept, 40, 0)  # e_shoff
    struct.pack_into("<HH", kept, 60, 0, 0)  # e_shnum, e_shstrndx
    library.write_bytes(kept)
