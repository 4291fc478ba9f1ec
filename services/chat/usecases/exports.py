"""The pictures of messages in a data export."""

from __future__ import annotations

from services.chat.repository.export_lines import get_export_page
from services.chat.usecases.ports import Ports
from services.shared.exports.format import export_folder
from services.shared.exports.jobs import ExportJob, ExportPage
from services.shared.pictures.files import SHOWN, picture_object_key
from services.shared.table.port import Table


def get_page_with_pictures(ports: Ports, table: Table, job: ExportJob) -> ExportPage:
    """Return the next page of an export, after its pictures were copied next to the parts.

    A message that is taken down has no files to copy.
    """
    page = get_export_page(table, job)
    folder = export_folder("chat", job.circle_id, job.export_id)
    for line in page.lines:
        for picture in line.get("pictures", ()):
            source = picture_object_key(SHOWN, line["room_id"], job.user_id, picture["id"])
            ports.pictures.copy(source, f"{folder}/pictures/{picture['id']}", into=ports.exports)
    return page
