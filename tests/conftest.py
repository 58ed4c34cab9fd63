"""Ring 4 is on in the whole test run; `FDNN_GUARDS=off` runs the same tests without it."""

import os
from pathlib import Path

import typeguard

if os.environ.get("FDNN_GUARDS") != "off":
    # Before anything imports fdnn: typeguard cannot instrument what has been imported already.
    # The two modules that are the checker itself are left alone: it would check its own work.
    package = Path(__file__).parent.parent / "fdnn"
    modules = {f"fdnn.{path.stem}" for path in package.iterdir() if path.name != "__init__.py"}
    typeguard.install_import_hook(sorted(modules - {"fdnn.annotations", "fdnn.bindings"}))
    typeguard.config.collection_check_strategy = typeguard.CollectionCheckStrategy.ALL_ITEMS
    typeguard.config.forward_ref_policy = typeguard.ForwardRefPolicy.ERROR

    from fdnn import guards

    guards.enable()
