// Uses the generated types as a client does: the test compiles it.
import type { components, operations, paths } from "./api";

type Note = components["schemas"]["NoteResponse"];
type Send = operations["send_message"]["requestBody"]["content"]["application/json"];
type Page = paths["/circles/{circle_id}/notes"]["get"]["responses"][200]["content"]["application/json"];

export const message: Send = { client_msg_id: "message-0001", after_seq: 0, text: "大家早。" };
export const isMuted = (problem: components["schemas"]["Problem"]): boolean =>
  problem.type === "urn:coterie:problem:caller-muted";
export const texts = (page: Page): string[] => page.items.map((note: Note) => note.text);

// @ts-expect-error: a type of problem that does not exist
export const unknown: components["schemas"]["ProblemType"] = "urn:coterie:problem:unknown";
