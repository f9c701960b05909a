"""Pillow is imported in the zygote at level 3; a function sees what it would see if it imported it itself."""

import json

from .conftest import ROLE, ask

LOOK = """
import io, sys, traceback
{before}
STAGES = {{}}

def look():
    found = {{name: module for name, module in sys.modules.items() if name.partition(".")[0] == "PIL"}}
    return {{name: [
        sorted(vars(module)), module.__file__, module.__name__, module.__package__, getattr(module, "__path__", None),
        module.__spec__.origin, module.__spec__.cached, module.__spec__.parent, type(module.__spec__.loader).__name__,
        type(module.__loader__).__name__, {{key: len(value) for key, value in vars(module).items()
        if key.isupper() and type(value) in (dict, list)}},
    ] for name, module in found.items()}}

def handler(event, context):
    import PIL
    STAGES["package"] = look()
    from PIL import Image
    STAGES["image"] = look()
    import PIL.PngImagePlugin
    STAGES["png"] = look()
    STAGES["formats"] = list(Image.OPEN)
    saved = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(saved, "JPEG")
    STAGES["saved"] = look()
    with Image.open(io.BytesIO(saved.getvalue())) as image:
        image.thumbnail((10, 10))
        STAGES["size"] = image.size
    STAGES["formats again"] = [list(Image.OPEN), Image.ID, Image.EXTENSION, Image.MIME, sorted(Image.SAVE)]
    try:
        Image.open(io.BytesIO(b"nothing"))
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        STAGES["error"] = [str(type(error)), [[one.filename, one.lineno] for one in frames]]
    STAGES["all formats"] = look()
    STAGES["formats at last"] = [list(Image.OPEN), Image.ID, Image.EXTENSION, Image.MIME, sorted(Image.SAVE)]
    return STAGES
"""


def test_a_package_that_is_imported_already_is_like_one_that_is_imported_now(bench, level):
    found = bench.result(LOOK.format(before=""), packages=("Pillow",), memory_mb=512, timeout_s=30)
    if level == 3:
        before = "sys.meta_path[:] = [one for one in sys.meta_path if type(one).__name__ != 'Ready']"
        ordinary = bench.result(LOOK.format(before=before), packages=("Pillow",), memory_mb=512, timeout_s=30)
        assert found == ordinary
    assert found["size"] == [10, 5]
    assert sorted(found["package"]) == ["PIL", "PIL._version"]
    assert len(found["all formats"]) > len(found["saved"]) + 30


def test_only_level_3_has_it_ready(bench, level):
    source = """
        import gc
        from PIL import Image
        def handler(event, context): return not any(one is Image.open for one in gc.get_objects())
    """
    assert bench.result(source, packages=("Pillow",)) is (level == 3)


def test_who_does_not_bring_the_package_cannot_import_it(bench):
    source = """
        import sys
        def handler(event, context):
            seen = [name for name in sys.modules if "PIL" in name]
            try:
                from PIL import Image
            except ImportError as error:
                return [seen, str(error)]
    """
    assert bench.result(source) == [[], "No module named 'PIL'"]


def test_a_package_of_the_same_name_in_the_functions_folder_is_its_own(bench):
    configuration = bench.configuration(
        "from PIL import Image\ndef handler(event, context): return Image.WHOSE", packages=("Pillow",)
    )
    own = configuration.code / "PIL"
    own.mkdir()
    (own / "__init__.py").write_text("")
    (own / "Image.py").write_text("WHOSE = 'mine'")
    environment = bench.zygote.start(configuration, ROLE)
    bench.started.append(environment)

    assert json.loads(environment.invoke(ask()).payload) == "mine"
