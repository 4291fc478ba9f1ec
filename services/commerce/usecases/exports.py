"""The pictures of listings in a data export."""

from __future__ import annotations

from dataclasses import replace

from services.commerce.repository.export_lines import get_export_page
from services.commerce.usecases.ports import Ports
from services.shared.exports.format import export_folder
from services.shared.exports.jobs import ExportJob, ExportPage
from services.shared.pictures.files import SHOWN, picture_object_key
from services.shared.table.port import Table


def get_page_with_pictures(ports: Ports, table: Table, job: ExportJob) -> ExportPage:
    """Return the next page of an export, after the pictures of its listings were copied next to the parts.

    Those of a listing that was taken down or removed are not copied: its files are where no address reaches them.
    """
    page = get_export_page(ports.vault.decrypt, table, job)
    folder, pictures = export_folder("commerce", job.circle_id, job.export_id), 0
    for line in page.lines:
        for picture in line.get("pictures", ()) if "state" not in line else ():
            source = picture_object_key(SHOWN, line["circle_id"], job.user_id, picture["id"])
            ports.pictures.copy(source, f"{folder}/pictures/{picture['id']}", into=ports.exports)
            pictures += 1
    return replace(page, pictures=pictures)
