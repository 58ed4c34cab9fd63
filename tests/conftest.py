"""Ring 4 is on in the whole test run; `FDNN_GUARDS=off` runs the same tests without it."""

import os

import typeguard

if os.environ.get("FDNN_GUARDS") != "off":
    # Before anything imports fdnn: typeguard cannot instrument what has been imported already.
    typeguard.install_import_hook("fdnn")
    typeguard.config.collection_check_strategy = typeguard.CollectionCheckStrategy.ALL_ITEMS
    typeguard.config.forward_ref_policy = typeguard.ForwardRefPolicy.ERROR

    from fdnn import guards

    guards.enable()
