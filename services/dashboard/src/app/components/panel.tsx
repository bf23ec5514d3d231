import { useId, type ReactNode } from 'react';
import type { Resource } from '../data/poller.ts';
import { useSession, useStore } from './use-store.ts';

export interface PanelProps {
  readonly title: string;
  readonly testId: string;
  readonly area: string;
  /** Beside the title. */
  readonly lead?: ReactNode;
  /** At the right end of the title line. */
  readonly tail?: ReactNode;
  /** A line of figures below the title. */
  readonly strip?: ReactNode;
  readonly children: ReactNode;
}

/** A titled region of the desk. */
export function Panel({ title, testId, area, lead, tail, strip, children }: PanelProps) {
  const heading = useId();
  return (
    <section className={`panel area-${area}`} aria-labelledby={heading} data-testid={testId}>
      <header>
        <h2 id={heading}>{title}</h2>
        {lead}
        <span className="push" />
        {tail}
      </header>
      {strip === undefined ? null : <div className="strip">{strip}</div>}
      <div className="body">{children}</div>
    </section>
  );
}

export interface PlaceholderProps {
  readonly kind: 'loading' | 'empty' | 'error';
  readonly text: string;
  readonly detail?: string | undefined;
}

/** What a panel shows instead of content. */
export function Placeholder({ kind, text, detail }: PlaceholderProps) {
  return (
    <div className="placeholder" data-kind={kind} data-testid={`placeholder-${kind}`} role={kind === 'error' ? 'alert' : 'status'}>
      <span>{text}</span>
      {detail === undefined || detail === '' ? null : <small>{detail}</small>}
    </div>
  );
}

/** Title-line remark about figures that are no longer fresh. */
export function StaleNote<T>({ resource }: { readonly resource: Resource<T> }) {
  if (resource.state !== 'stale') return null;
  return (
    <span className="note stale" role="status" data-testid="stale" title={resource.problem.detail}>
      not up to date: {resource.problem.title}
    </span>
  );
}

/** Title-line remark of panels that live on the socket. */
export function LinkNote() {
  const { state } = useStore(useSession().link);
  if (state === 'open') return null;
  return <span className="note stale" data-testid="offline">not connected: nothing arrives</span>;
}

/** Placeholder for a resource without a value; null when there is one to show. */
export function missingPart<T>(resource: Resource<T>, what: string) {
  if (resource.state === 'loading') return <Placeholder kind="loading" text={`Loading ${what}…`} />;
  if (resource.state === 'absent') return <Placeholder kind="empty" text={`There is no ${what}`} detail={resource.problem.detail} />;
  if (resource.state === 'failed') {
    return <Placeholder kind="error" text={resource.problem.title} detail={`${resource.problem.detail} Trying again.`} />;
  }
  return null;
}
