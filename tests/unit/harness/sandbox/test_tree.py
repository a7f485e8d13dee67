"""A workspace as bytes: what leaves a box is read with limits and never believed."""

import io
import tarfile
import tracemalloc
from fnmatch import fnmatchcase
from itertools import chain, repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.sandbox.tree import LITTER, Caps, CopiedOut, File, pack, printable, unpack

SMALL = Caps(total_bytes=4_000, file_bytes=1_000, files=8, depth=4, path_chars=60, litter_bytes=40_000, litter_files=5)

names = st.text(st.characters(categories=("L", "N", "P", "S"), exclude_characters="/"), min_size=1, max_size=12).filter(
    lambda name: name not in (".", "..") and not any(fnmatchcase(name, pattern) for pattern in LITTER)
)
trees = st.dictionaries(
    st.lists(names, min_size=1, max_size=3).map("/".join),
    st.builds(File, st.binary(max_size=2_000), st.booleans()),
    max_size=8,
)


def archive(*members: tarfile.TarInfo | tuple[tarfile.TarInfo, bytes], form: int = tarfile.GNU_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as tar:
        for each in members:
            member, data = each if isinstance(each, tuple) else (each, b"")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, to: str = "", mode: int = 0o644) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, to, mode
    return info


def file(name: str, data: bytes = b"x") -> tuple[tarfile.TarInfo, bytes]:
    return member(name), data


def link(name: str, to: str) -> tarfile.TarInfo:
    return member(name, tarfile.LNKTYPE, to)


def opened(data: bytes, caps: Caps = SMALL, piece: int = 700) -> CopiedOut:
    return unpack((data[i : i + piece] for i in range(0, len(data), piece)), caps)


def forged(name: str, size: bytes, kind: bytes = tarfile.REGTYPE) -> bytes:
    """A header that says anything about its size, with a right checksum."""
    header = bytearray(member(name, kind).tobuf(tarfile.GNU_FORMAT)[:512])
    header[124:136] = size
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


class TestRoundTrip:
    @given(trees)
    @settings(max_examples=60)
    def test_what_is_packed_comes_back(self, tree):
        folded = [path.casefold() for path in tree]
        nested = any(other.startswith(path + "/") for path in folded for other in folded)
        if nested or len(set(folded)) < len(folded):
            return
        packed = pack({f"workspace/{path}": content for path, content in tree.items()}, uid=1000, gid=1000)
        assert opened(packed, Caps(), 64) == CopiedOut(tree)

    def test_the_same_tree_is_the_same_archive(self):
        one, other = {"a/b": File(b"1"), "c": File(b"2", True)}, {"c": File(b"2", True), "a/b": File(b"1")}
        assert pack(one, uid=1, gid=2) == pack(other, uid=1, gid=2)

    def test_owner_mode_and_folders_are_in_the_archive(self):
        with tarfile.open(fileobj=io.BytesIO(pack({"a/b/c": File(b"", True)}, uid=7, gid=8))) as tar:
            found = {m.name: (m.isdir(), oct(m.mode), m.uid, m.gid) for m in tar}
        assert found == {"a": (True, "0o755", 7, 8), "a/b": (True, "0o755", 7, 8), "a/b/c": (False, "0o755", 7, 8)}

    def test_an_empty_chunk_does_not_end_the_stream(self):
        data = archive(file("w/a", b"hello"), file("w/b", b""))
        assert unpack([b"", data[:512], b"", b"", data[512:], b""], Caps()).tree.keys() == {"a", "b"}

    def test_chunks_of_one_byte_are_joined(self):
        assert opened(archive(file("w/a", b"hello")), piece=1).tree == {"a": File(b"hello")}


class TestCaps:
    @pytest.mark.parametrize(
        ("members", "breach"),
        [
            ([file("w/big", b"x" * 1_001)], "big is larger than"),
            ([file(f"w/{n}", b"x" * 900) for n in range(5)], "in all"),
            ([file(f"w/{n}", b"") for n in range(9)], "more than 8 files and folders"),
            ([member(f"w/{n}", tarfile.DIRTYPE) for n in range(9)], "more than 8 files and folders"),
            ([member(f"w/{n}", tarfile.SYMTYPE, "/") for n in range(9)], "more than 8 files and folders"),
            ([file("w/1/2/3/4/5")], "nested deeper than 4"),
            ([file("w/" + "n" * 61)], "a path of more than 60"),
            ([file(f"w/.git/objects/{n}", b"") for n in range(6)], "more than 5 files in .git and caches"),
            ([file("w/.git/pack", b"x" * 50_000)], "too large to read"),
            ([file("w/README", b"1"), file("w/readme", b"2")], "differ only in case"),
            ([file("w/ß", b"1"), file("w/SS", b"2")], "differ only in case"),
            ([file("w/a", b"1"), link("w/A", "w/a")], "differ only in case"),
            ([file("w/a", b"1"), file("w/a/b", b"2")], "a/b lies below a file"),
        ],
    )
    def test_a_broken_cap_is_a_breach_and_leaves_nothing_to_believe(self, members, breach):
        copied = opened(archive(*members))
        assert breach in (copied.breach or "")
        assert copied.tree == {}

    def test_just_within_every_cap_is_fine(self):
        copied = opened(archive(*(file(f"w/1/2/3/{n}", b"x" * 1_000) for n in range(4))))
        assert copied.breach is None
        assert len(copied.tree) == 4

    def test_hard_links_count_like_copies(self):
        copied = opened(archive(file("w/a", b"x" * 1_000), *(link(f"w/{n}", "w/a") for n in range(4))))
        assert "in all" in (copied.breach or "")

    def test_a_forged_negative_size_does_not_buy_room(self):
        negative = b"\xff" + (256**11 - 512 * 100).to_bytes(11, "big")
        data = forged("w/minus", negative) + archive(*(file(f"w/{n}", b"x" * 900) for n in range(6)))
        assert opened(data).breach

    def test_a_header_that_claims_20_gib_is_refused_unread(self):
        size = b"\x80" + (20 << 30).to_bytes(11, "big")
        read = []

        def stream():
            for chunk in chain([forged("w/huge", size)], repeat(b"\0" * 512)):
                read.append(len(chunk))
                yield chunk

        assert "huge is larger than" in (unpack(stream(), Caps()).breach or "")
        assert sum(read) < 1 << 20

    def test_a_sparse_file_that_claims_20_gib_is_refused_unread(self):
        header = bytearray(forged("w/holes", b"%011o\0" % 512, tarfile.GNUTYPE_SPARSE))
        header[483:495] = b"\x80" + (20 << 30).to_bytes(11, "big")  # its real size
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header)
        copied = opened(bytes(header) + b"\0" * 2_048, Caps())
        assert "holes is larger than 4 MiB" in (copied.breach or "")

    def test_memory_stays_flat_however_long_the_stream(self):
        block = b"\0" * (1 << 16)
        endless = chain([forged("w/.git/pack", b"%011o\0" % (7 << 30))], repeat(block))
        tracemalloc.start()
        try:
            copied = unpack(endless, Caps(litter_bytes=48 << 20, total_bytes=1 << 20))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert "too large to read" in (copied.breach or "")
        assert peak < 2 << 20

    def test_many_dropped_entries_are_named_only_up_to_a_hundred(self):
        copied = opened(archive(*(member(f"w/{n}", tarfile.SYMTYPE, "/") for n in range(300))), Caps())
        assert len(copied.dropped) == 100


class TestEntries:
    @pytest.mark.parametrize(
        ("entry", "reason"),
        [
            (member("w/l", tarfile.SYMTYPE, "/etc/passwd"), "link: l"),
            (member("w/l", tarfile.SYMTYPE, "inside"), "link: l"),
            (member("w/d", tarfile.CHRTYPE), "device: d"),
            (member("w/d", tarfile.BLKTYPE), "device: d"),
            (member("w/f", tarfile.FIFOTYPE), "device: f"),
            (link("w/h", "/etc/passwd"), "hard link: h"),
            (link("w/h", "w/../../etc/passwd"), "hard link: h"),
            (link("w/h", "w/.git/config"), "hard link: h"),
            (link("w/h", "w/later"), "hard link: h"),
        ],
    )
    def test_what_is_not_a_plain_file_is_dropped_and_named(self, entry, reason):
        copied = opened(archive(file("w/.git/config"), file("w/ok"), entry, file("w/later")))
        assert copied.breach is None
        assert copied.dropped == (reason,)
        assert set(copied.tree) == {"ok", "later"}

    def test_hard_links_are_resolved_also_in_a_chain(self):
        copied = opened(archive((member("w/a", mode=0o755), b"data"), link("w/b", "w/a"), link("w/c", "w/b")))
        assert copied.tree == {name: File(b"data", True) for name in "abc"}

    def test_a_hard_link_to_a_dropped_link_is_dropped_too(self):
        copied = opened(archive(member("w/s", tarfile.SYMTYPE, "x"), link("w/h", "w/s")))
        assert copied.dropped == ("link: s", "hard link: h")

    @pytest.mark.parametrize(
        "name", ["new\nline", "esc\x1b[2Jape", "bidi\u202etxt", "nul-ish\x01", "zero\u200bwidth", "\udcff\udcfe"]
    )
    def test_names_that_are_not_plain_text_are_dropped_and_shown_escaped(self, name):
        copied = opened(archive(file(f"w/{name}"), file(f"w/{name}/inside"), file("w/ok")))
        assert set(copied.tree) == {"ok"}
        assert len(copied.dropped) == 2
        assert all(line.isprintable() and line.startswith("unprintable name: ") for line in copied.dropped)

    @pytest.mark.parametrize("name", ["../out", "w/../../out", "w/a/../b", "/etc/passwd/..", "w", "w/", "./w", "/"])
    def test_names_that_lead_elsewhere_are_not_there(self, name):
        assert opened(archive(file(name))).tree == {}

    def test_an_absolute_name_is_only_a_key_below_the_top(self):
        assert set(opened(archive(file("/w/etc/passwd"))).tree) == {"etc/passwd"}

    @pytest.mark.parametrize(
        "name", [".git/config", ".GIT/config", "sub/.git", "a/__pycache__/x.py", "m.pyc", ".mypy_cache/1"]
    )
    def test_litter_is_no_part_of_a_hand_in(self, name):
        copied = opened(archive(file(f"w/{name}"), file("w/ok")))
        assert (set(copied.tree), copied.dropped) == ({"ok"}, ())

    def test_names_that_only_begin_like_litter_stay(self):
        kept = {".gitignore", ".github/workflow", "pycache", "a.pyc.txt"}
        assert set(opened(archive(*(file(f"w/{name}") for name in kept))).tree) == kept

    def test_the_last_of_two_members_of_one_name_counts(self):
        assert opened(archive(file("w/a", b"1"), file("w/a", b"2"))).tree == {"a": File(b"2")}


class TestBrokenArchives:
    WHOLE = archive(file("w/a", b"x" * 600), (member("w/" + "é" * 80), b"y"), form=tarfile.PAX_FORMAT)

    @given(st.integers(1, len(WHOLE) - 1))
    @settings(max_examples=40)
    def test_a_cut_archive_never_raises(self, cut):
        opened(self.WHOLE[:cut])

    def test_a_file_cut_in_half_is_a_breach(self):
        assert "cannot be read" in (opened(self.WHOLE[:900]).breach or "")

    @given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=6))
    @settings(max_examples=80)
    def test_a_garbled_archive_never_raises(self, changes):
        data = bytearray(self.WHOLE)
        for place, value in changes:
            data[place] = value
        opened(bytes(data))

    @given(st.binary(max_size=3_000))
    @settings(max_examples=40)
    def test_garbage_never_raises(self, data):
        assert opened(data).tree == {}

    def test_an_endless_chain_of_headers_is_a_breach(self):
        name = forged("././@LongLink", b"%011o\0" % 1, tarfile.GNUTYPE_LONGNAME) + b"x".ljust(512, b"\0")
        assert opened(name * 3_000, Caps()).breach

    def test_an_error_of_the_stream_itself_is_not_the_workspaces(self):
        def stream():
            yield archive(file("w/a"))[:512]
            raise ConnectionError("the engine hung up")

        with pytest.raises(ConnectionError):
            unpack(stream(), Caps())


class TestPrintable:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("plain, naïve 日本", "plain, naïve 日本"),
            ("a\nb\tc", "a\\nb\\tc"),
            ("\x1b[31m", "\\x1b[31m"),
            ("\u202egnp", "\\u202egnp"),
            ("\udcff", "\\udcff"),
        ],
    )
    def test_what_cannot_be_seen_is_shown_as_escapes(self, text, shown):
        assert printable(text) == shown

    def test_long_text_is_cut_visibly(self):
        assert printable("x" * 300) == "x" * 200 + "…"

    @given(st.text())
    def test_the_result_is_always_printable(self, text):
        assert printable(text).isprintable()
