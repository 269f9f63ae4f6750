/** The wire contract (docs/protocol.md), as types. Nothing else of the server is relied upon. */

import {
  NotificationType,
  ProtocolRequestType,
  ProtocolRequestType0,
} from 'vscode-languageclient/node';

export type Mode = 'economy' | 'balanced' | 'best';
export type Level = 'ok' | 'busy' | 'paused' | 'warning' | 'error';

/** What mends a problem, as something to press. An unknown kind is not shown. */
export interface Action {
  title: string;
  kind: string;
  provider?: string;
  file?: string;
}

export interface Problem {
  text: string;
  remedy: string;
  level: 'info' | 'warning' | 'error';
  actions: Action[];
}

export interface ProviderState {
  name: string;
  state: 'ready' | 'no-key' | 'resting';
  why: string;
  remedy: string;
  actions: Action[];
}

export interface Status {
  level: Level;
  text: string;
  tooltip: string;
  paused: boolean;
  mode: Mode;
  providers: ProviderState[];
  problems: Problem[];
}

/** A text under way, or the diff of an edit that waits for a decision. */
export interface StreamedDocument {
  id: string;
  uri: string;
  title: string;
  text: string;
  model: string;
  done: boolean;
  task?: string;
  proposal?: string;
}

export interface Offer {
  name: string;
  title: string;
  state: 'enabled' | 'no-key' | 'offered' | 'known';
  host: string;
  local: boolean;
  needsKey: boolean;
  keyFrom: string | null;
  keyPage: string | null;
  why: string;
  price: string;
}

export interface Consent {
  provider: string;
  title: string;
  text: string;
  toml: string;
  file: string;
  needsKey: boolean;
  keyPlace: string;
}

export interface Enabled {
  enabled: boolean;
  file: string;
  why: string;
}

export interface KeySet {
  kept: boolean;
  place: string;
  check: 'accepted' | 'refused' | 'unreachable' | 'unchecked';
  why: string;
  remedy: string;
}

export interface SetKey {
  provider: string;
  key: string;
  keep: 'session' | 'store';
  check?: boolean;
}

/** One day's calls of one model for one task. */
export interface SeriesRow {
  day: string;
  model: string;
  task: string;
  calls: number;
  usd: number | null;
}

/** The object of `turnout report --json`; the extension draws what it knows of it. */
export interface Report {
  text: string;
  series: SeriesRow[];
  [more: string]: unknown;
}

/** One session, as of `turnout session list --json`; times in seconds. */
export interface SessionSummary {
  id: string;
  begun: number;
  last: number;
  entries: number;
  open: boolean;
}

/** What is used of the object of `turnout doctor --json`. */
export interface DoctorReport {
  settings: { user_file: string; exists: boolean };
}

/** What a command of a task came to. */
export interface Result {
  outcome?: 'answered' | 'unanswered' | 'stopped';
  model?: string;
  text?: string;
  command?: string;
  warning?: string;
  state?: 'applied' | 'proposed' | 'discarded' | 'refused' | 'nothing';
  id?: string;
  [more: string]: unknown;
}

/** The data of a diagnostic of ours. */
export interface FindingData {
  id: string;
  model: string;
  fix: boolean;
}

function request<P, R>(method: string): ProtocolRequestType<P, R, never, void, void> {
  return new ProtocolRequestType<P, R, never, void, void>(method);
}

function question<R>(method: string): ProtocolRequestType0<R, never, void, void> {
  return new ProtocolRequestType0<R, never, void, void>(method);
}

export const StatusRequest = question<Status>('turnout/status');
export const PauseRequest = request<{ paused: boolean }, Status>('turnout/pause');
export const ModeRequest = request<{ mode: Mode }, Status>('turnout/mode');
export const ReportRequest = request<{ since?: string; by?: string; against?: string }, Report>(
  'turnout/report',
);
export const SessionListRequest = request<{ action: 'list' }, { sessions: SessionSummary[] }>(
  'turnout/session',
);
export const SessionShowRequest = request<
  { action: 'show'; id?: string },
  { title: string; text: string }
>('turnout/session');
export const SessionNewRequest = request<{ action: 'new' }, { id: string }>('turnout/session');
export const DoctorRequest = question<{ text: string; report: DoctorReport }>('turnout/doctor');
export const TrustRequest = request<{ trusted: boolean }, null>('turnout/trust');
export const OffersRequest = question<{ offers: Offer[] }>('turnout/offers');
export const ConsentRequest = request<{ provider: string; keep: 'session' }, Consent>(
  'turnout/consent',
);
export const EnableRequest = request<{ provider: string }, Enabled>('turnout/enable');
export const SetKeyRequest = request<SetKey, KeySet>('turnout/setKey');

export const FocusNotification = new NotificationType<{ textDocument: { uri: string } }>(
  'textDocument/didFocus',
);
export const StatusNotification = new NotificationType<Status>('turnout/status');
export const ProblemNotification = new NotificationType<Problem>('turnout/problem');
export const DocumentNotification = new NotificationType<StreamedDocument>('turnout/document');
