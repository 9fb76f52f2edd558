"""Data that can be trusted: every fault that a file, a disk or a network has is met, and answered with the remedy."""

import functools
import gzip
import hashlib
import runpy
import sys
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import numpy as np
import pooch
import pytest
import requests
import torch
from sklearn.datasets import load_digits

from cnncourse import data
from cnncourse.data import DataError, Source, digits, find_files, load

IMAGES, LABELS = data.FILES[0], data.FILES[1]
NOWHERE = "http://127.0.0.1:9/"  # the port named "discard": nobody listens


def idx(sizes, values):
    return b"\x00\x00\x08" + bytes([len(sizes)]) + b"".join(n.to_bytes(4, "big") for n in sizes) + bytes(values)


CONTENTS = (
    idx((3, 28, 28), [0, 255, 51] + [7] * (3 * 784 - 3)),
    idx((3,), [5, 0, 9]),
    idx((2, 28, 28), [1] * (2 * 784)),
    idx((2,), [7, 2]),
)


def pack(content):
    return gzip.compress(content, mtime=0)  # the same bytes whenever the tests are collected


def md5s(contents):
    return tuple(hashlib.md5(content).hexdigest() for content in contents)


@pytest.fixture
def published(tmp_path):
    """Three images to train on and two to test, in a folder that a mirror serves."""
    folder = tmp_path / "published"
    folder.mkdir()
    for name, content in zip(data.FILES, CONTENTS, strict=True):
        (folder / name).write_bytes(pack(content))
    return folder


@pytest.fixture
def mirror(published):
    """Serve the published files on this machine; every request is noted."""

    class Handler(SimpleHTTPRequestHandler):
        asked: ClassVar[list[str]] = []  # this class is made anew for every test

        def log_message(self, *parts):
            self.asked.append(self.path.lstrip("/"))

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=published))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    server.asked = Handler.asked
    server.url = f"http://127.0.0.1:{server.server_port}/"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache, no data folder, and no proxy between this machine and itself."""
    monkeypatch.delenv("CNNCOURSE_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "cache" / project)
    return tmp_path / "cache" / "cnncourse" / "tiny"


@pytest.fixture
def source(mirror, cache):
    return Source("tiny", (mirror.url,), md5s(CONTENTS), decompressed=True)


def left_over(folder):
    return sorted(path.name for path in folder.iterdir() if path.name not in data.FILES)


def assert_tiny(dataset):
    assert dataset.train_images.shape == (3, 28, 28)
    assert dataset.train_images.dtype == torch.float32
    assert [round(value, 6) for value in dataset.train_images[0, 0, :3].tolist()] == [0, 1, 0.2]
    assert dataset.train_labels.tolist() == [5, 0, 9]
    assert dataset.train_labels.dtype == torch.int64
    assert dataset.test_images.shape == (2, 28, 28)
    assert dataset.test_labels.tolist() == [7, 2]


def test_a_download_fills_the_cache_and_happens_once(source, cache, mirror):
    assert_tiny(load(source))
    assert sorted(path.name for path in cache.iterdir()) == sorted(data.FILES)
    assert_tiny(load(source))
    assert sorted(mirror.asked) == sorted(data.FILES)


def test_a_filled_cache_is_read_without_a_network_and_without_writing(source, cache, monkeypatch):
    load(source)
    monkeypatch.setattr(data.tempfile, "mkstemp", lambda **kwargs: pytest.fail("wrote to a cache that was complete"))
    assert_tiny(load(replace(source, mirrors=(NOWHERE,))))


def test_the_next_mirror_is_tried_when_one_fails(source, mirror):
    broken = (NOWHERE, mirror.url + "missing/")
    assert_tiny(load(replace(source, mirrors=(*broken, mirror.url))))


def test_a_mirror_that_serves_something_else_is_passed_over(source, published, mirror):
    (published / "other").mkdir()
    for name in data.FILES:
        (published / "other" / name).write_bytes(b"<html>Please log in</html>")
    assert_tiny(load(replace(source, mirrors=(mirror.url + "other/", mirror.url))))


def test_without_a_network_the_message_names_every_mirror_and_the_remedy(source, cache):
    with pytest.raises(DataError) as caught:
        load(replace(source, mirrors=(NOWHERE, NOWHERE + "again/")))
    lines = str(caught.value).splitlines()
    assert lines[0] == f"{IMAGES} could not be downloaded:"
    assert lines[1].startswith(f"  {NOWHERE}: ConnectionError")
    assert lines[2].startswith(f"  {NOWHERE}again/: ConnectionError")
    assert lines[3] == f"Is there a network? Without one, set CNNCOURSE_DATA to a folder that holds tiny/{IMAGES}"
    assert list(cache.iterdir()) == []


def test_a_file_that_changed_on_every_mirror_is_not_accepted(source, published, cache):
    (published / LABELS).write_bytes(pack(idx((3,), [1, 1, 1])))
    with pytest.raises(DataError, match=r"(?s)the answer is not the published file: the MD5 .* expected .*network"):
        load(source)
    assert [path.name for path in cache.iterdir()] == [IMAGES]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_an_interrupted_download_stays_an_interruption_and_leaves_nothing(source, cache, mirror, monkeypatch, stop):
    def half(self, url, output_file, pooch):
        with open(output_file, "wb") as file:
            file.write(pack(CONTENTS[0])[:20])
        raise stop

    with monkeypatch.context() as patch:
        patch.setattr(pooch.HTTPDownloader, "__call__", half)
        with pytest.raises(stop):
            load(source)
    assert list(cache.iterdir()) == []
    assert_tiny(load(source))


def test_what_a_killed_process_left_is_not_trusted(source, cache):
    cache.mkdir(parents=True)
    (cache / f".{IMAGES}.x.part").write_bytes(b"half")
    (cache / IMAGES).write_bytes(pack(CONTENTS[0])[:20])
    assert_tiny(load(source))


def test_a_transfer_that_breaks_off_is_noticed(source, cache, monkeypatch):
    def cut(self, chunk_size=1):
        yield pack(CONTENTS[0])[:20]

    monkeypatch.setattr(requests.Response, "iter_content", cut)
    with pytest.raises(DataError, match="the answer is truncated: 20 bytes"):
        load(source)
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize(
    "damage",
    [b"", b"no gzip", pack(CONTENTS[1])[:-9], pack(b"other")],
    ids=["empty", "no gzip", "truncated", "other"],
)
def test_a_damaged_cached_file_is_fetched_again(source, cache, mirror, damage):
    load(source)
    (cache / LABELS).write_bytes(damage)
    assert_tiny(load(source))
    assert mirror.asked.count(LABELS) == 2
    assert mirror.asked.count(IMAGES) == 1
    assert left_over(cache) == []


def test_a_damaged_cached_file_without_a_network_is_named_and_kept(source, cache):
    load(source)
    (cache / LABELS).write_bytes(b"no gzip")
    with pytest.raises(DataError, match=r"(?s)labels-idx1-ubyte.gz is no gzip file.*could not be downloaded"):
        load(replace(source, mirrors=(NOWHERE,)))
    assert (cache / LABELS).read_bytes() == b"no gzip"
    assert left_over(cache) == []


def test_a_folder_in_a_file_s_place_is_named(source, cache):
    (cache / IMAGES).mkdir(parents=True)
    with pytest.raises(DataError, match=rf"{IMAGES} cannot be replaced \(Is a directory\); remove it by hand"):
        load(source)
    assert left_over(cache) == []


def test_a_cache_that_cannot_be_written_is_named(source, cache, tmp_path):
    (tmp_path / "cache").write_text("a file where a folder is needed")
    with pytest.raises(DataError, match=r"cache .*tiny cannot be written \(Not a directory\); make it"):
        load(source)


def test_a_damaged_file_in_a_cache_that_cannot_be_written_is_named_with_both_reasons(source, cache, monkeypatch):
    def refuse(**kwargs):
        raise OSError(30, "Read-only file system")

    load(source)
    (cache / LABELS).write_bytes(b"no gzip")
    monkeypatch.setattr(data.tempfile, "mkstemp", refuse)
    with pytest.raises(DataError) as caught:
        load(source)
    damaged, kept = str(caught.value).splitlines()
    assert damaged.startswith(f"{cache / LABELS} is no gzip file, or is corrupt")
    assert kept.startswith(f"the cache {cache} cannot be written (Read-only file system); make it writable, or set")


def test_two_at_once_fill_one_cache(source, cache):
    with ThreadPoolExecutor(8) as pool:
        for dataset in pool.map(lambda _: load(source), range(16)):
            assert_tiny(dataset)
    assert left_over(cache) == []


def test_a_folder_of_one_s_own_is_read_and_never_written(source, published, tmp_path, mirror, monkeypatch):
    before = {path.name: path.stat().st_mtime_ns for path in published.iterdir()}
    assert_tiny(load(source, published))
    monkeypatch.setenv("CNNCOURSE_DATA", str(published))
    assert_tiny(load(source))
    parent = tmp_path / "parent"
    parent.mkdir()
    published.rename(parent / "tiny")
    assert_tiny(load(source, parent))
    assert {path.name: path.stat().st_mtime_ns for path in (parent / "tiny").iterdir()} == before
    assert mirror.asked == []


def test_root_goes_before_the_environment_and_a_tilde_is_home(source, published, monkeypatch, tmp_path):
    monkeypatch.setenv("CNNCOURSE_DATA", str(tmp_path / "nowhere"))
    assert_tiny(load(source, published))
    monkeypatch.setenv("HOME", str(published.parent))
    monkeypatch.setenv("CNNCOURSE_DATA", "~/published")
    assert_tiny(load(source))


def test_a_file_missing_from_one_s_own_folder_is_named(source, published, mirror):
    (published / LABELS).unlink()
    with pytest.raises(DataError) as caught:
        load(source, published)
    assert str(caught.value) == (
        f"{published}/tiny/{LABELS} does not exist, nor does {published}/{LABELS}; put the file there, or unset "
        "CNNCOURSE_DATA and pass no root to have it downloaded"
    )
    assert mirror.asked == []


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (b"", r"the MD5 of its decompressed bytes is d41d8c.*; expected .*; delete it and fetch it again"),
        (b"no gzip", "is no gzip file, or is corrupt .*; delete it and fetch it again"),
        (pack(CONTENTS[0])[:-9], "is truncated: [0-9,]+ bytes; delete it and fetch it again"),
        (pack(CONTENTS[0])[:5], "is truncated: 5 bytes"),
        (pack(CONTENTS[0])[:10] + b"\x07" * 40, "is no gzip file, or is corrupt"),
        (pack(CONTENTS[0])[:-8] + bytes(8), r"is corrupt \(CRC check failed"),
        (pack(CONTENTS[1]), "is not the published file: the MD5"),
    ],
    ids=["empty", "no gzip", "truncated", "header only", "corrupt", "wrong checksum", "another file"],
)
def test_a_damaged_file_of_one_s_own_is_named_and_kept(source, published, damage, message):
    path = published / IMAGES
    path.write_bytes(damage)
    with pytest.raises(DataError, match=f"(?s){IMAGES}.*{message}"):
        load(source, published)
    assert path.read_bytes() == damage


def test_a_file_that_cannot_be_read_is_named(source, published, monkeypatch):
    def refuse(path, *mode):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(data.Path, "open", refuse)
        with pytest.raises(DataError, match=rf"{IMAGES} cannot be read \(Permission denied\); check its permissions"):
            load(source, published)
    monkeypatch.setattr(data.Path, "is_file", refuse)
    with pytest.raises(DataError, match=rf"{IMAGES} cannot be reached \(Permission denied\); check the permissions"):
        find_files(source, published)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x00\x08", idx((3, 28, 28), [0] * 99), b"\x00\x00\x0d" + CONTENTS[0][3:], CONTENTS[0] + b"\x00"],
    ids=["empty", "three bytes", "too short", "floats", "too long"],
)
def test_a_wrong_idx_header_is_named(source, published, content):
    (published / IMAGES).write_bytes(pack(content))
    wrong = replace(source, md5=(*md5s([content]), *source.md5[1:]))
    with pytest.raises(DataError, match=rf"{IMAGES} is not in IDX format: .*{len(content):,} bytes; expected 00000801"):
        load(wrong, published)


def test_the_compressed_file_is_verified_where_that_is_what_was_published(source, published):
    packed = [(published / name).read_bytes() for name in data.FILES]
    assert_tiny(load(replace(source, md5=md5s(packed), decompressed=False), published))
    with pytest.raises(DataError, match="the MD5 of its file is"):
        load(replace(source, decompressed=False), published)


def bomb(size=1 << 24):
    return gzip.compress(bytes(size), compresslevel=1, mtime=0)


def test_a_file_that_unpacks_to_too_much_is_refused_before_it_fills_the_memory(source, published, cache):
    bounded = replace(source, sizes=tuple(map(len, CONTENTS)))
    assert_tiny(load(bounded, published))
    (published / LABELS).write_bytes(bomb())
    tracemalloc.start()
    with pytest.raises(DataError, match=f"{LABELS} is not the published file: it unpacks to more than 11 bytes;"):
        load(bounded, published)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20  # a sixteenth of what the file holds
    with pytest.raises(DataError, match="the answer is not the published file: it unpacks to more than 11 bytes"):
        load(bounded)
    assert [path.name for path in cache.iterdir()] == [IMAGES]


@pytest.mark.parametrize("content", [bomb(), b"no gzip"], ids=["bomb", "no gzip"])
def test_a_compressed_file_that_is_not_the_published_one_is_never_unpacked(source, published, monkeypatch, content):
    (published / IMAGES).write_bytes(content)
    monkeypatch.setattr(data.gzip, "GzipFile", lambda **kwargs: pytest.fail("unpacked what was not verified"))
    with pytest.raises(
        DataError, match=f"the MD5 of its file is {md5s([content])[0]}; expected .*; delete it and fetch"
    ):
        load(replace(source, decompressed=False), published)


@pytest.mark.parametrize("named_by", ["root", "CNNCOURSE_DATA"])
def test_the_home_of_a_user_who_does_not_exist_is_refused(source, monkeypatch, named_by):
    folder = "~nosuchuser/digits"
    monkeypatch.setenv("CNNCOURSE_DATA", folder)
    message = f"{named_by} is '{folder}', and ~nosuchuser has no home folder; write the whole path"
    with pytest.raises(DataError, match=message):
        find_files(source, folder if named_by == "root" else None)


def test_a_root_that_is_no_path_is_refused():
    with pytest.raises(TypeError, match="root is 5, of type int; expected a folder, as a str or a Path"):
        data.mnist(5)


def test_files_are_found_without_reading_or_downloading(source, published, cache, mirror):
    with pytest.raises(DataError, match=rf"tiny/{IMAGES} does not exist; cnncourse.data.tiny\(\) downloads it"):
        find_files(source)
    assert not cache.exists()
    (published / IMAGES).write_bytes(b"damaged, but there")
    assert find_files(source, published) == [published / name for name in data.FILES]
    assert mirror.asked == []


@pytest.mark.parametrize(
    ("read", "published_source"), [(data.mnist, data.MNIST), (data.fashion_mnist, data.FASHION_MNIST)]
)
def test_each_dataset_reads_its_own_files(read, published_source, tmp_path, monkeypatch):
    monkeypatch.setenv("CNNCOURSE_DATA", str(tmp_path))
    with pytest.raises(DataError, match=f"{published_source.folder}/{IMAGES} does not exist"):
        read()


def test_a_dataset_that_is_not_at_hand_skips_a_test_and_names_the_file(tmp_path, monkeypatch, request):
    monkeypatch.setenv("CNNCOURSE_DATA", str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match=rf"mnist is not at hand: {tmp_path}/mnist/{IMAGES} does not exist"):
        request.getfixturevalue("published_mnist")


def test_mnist_is_what_was_published(published_mnist):
    dataset = published_mnist
    assert [tuple(part.shape) for part in dataset] == [(60_000, 28, 28), (60_000,), (10_000, 28, 28), (10_000,)]
    assert dataset.train_labels.bincount().tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert dataset.train_images.aminmax() == (0, 1)
    assert round(dataset.train_images.mean(dtype=torch.float64).item(), 4) == 0.1307
    sizes = tuple(part.numel() + (16 if part.ndim == 3 else 8) for part in dataset)  # a header, and a byte a value
    assert sizes == data.MNIST.sizes


def test_digits_are_scikit_learn_s():
    images, labels = digits()
    theirs = load_digits()
    assert torch.equal(images * 16, torch.from_numpy(theirs.images).float())
    assert labels.tolist() == theirs.target.tolist()
    assert images.dtype == torch.float32
    assert labels.dtype == torch.int64
    assert images.aminmax() == (0, 1)


@pytest.mark.parametrize("size", data.DIGIT_SIZES)
def test_digits_come_in_three_sizes(size):
    images, labels = digits(size)
    assert images.shape == (1797, size, size)
    assert labels.shape == (1797,)
    assert labels.tolist() == digits()[1].tolist()
    blocks = torch.nn.functional.interpolate(images[:, None], size=(8, 8), mode="area")[:, 0]
    both = torch.stack([blocks.flatten(), digits()[0].flatten()])
    assert torch.corrcoef(both)[0, 1] > 0.95  # the same pictures


@pytest.mark.parametrize("size", [28, 32])
def test_digits_are_enlarged_bilinearly(size):
    # each new pixel's centre lies between the centres of four old ones; beyond the outermost the border goes on
    place = ((np.arange(size) + 0.5) * 8 / size - 0.5).clip(0, 7)
    low = np.floor(place).astype(int)
    high, part = np.minimum(low + 1, 7), place - low
    small = load_digits().images[:50] / 16
    rows = small[:, low] * (1 - part)[:, None] + small[:, high] * part[:, None]
    expected = rows[:, :, low] * (1 - part) + rows[:, :, high] * part
    np.testing.assert_allclose(digits(size)[0][:50].numpy(), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("size", [0, 9, 64, "28", 28.0])
def test_another_size_is_refused(size):
    with pytest.raises(ValueError, match=rf"size is {size!r}; expected one of 8, 28, 32"):
        digits(size)


def test_digits_without_scikit_learn_name_the_remedy(monkeypatch):
    monkeypatch.setattr(data, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="pip install scikit-learn"):
        digits()


def test_digits_come_fresh_so_that_changing_them_harms_nobody():
    digits()[0].zero_()
    assert digits()[0].max() == 1


def test_reading_digits_does_not_import_scikit_learn(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "sklearn"]:
        monkeypatch.delitem(sys.modules, name)
    images, _ = runpy.run_path(data.__file__)["digits"]()  # the module anew, with whatever it imports
    assert len(images) == 1797
    assert "sklearn" not in sys.modules
