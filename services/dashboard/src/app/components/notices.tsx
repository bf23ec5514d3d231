import { useSession, useStore } from './use-store.ts';

/** Refusals and failures of what the person asked for. They stay until dismissed. */
export function Notices() {
  const session = useSession();
  const notices = useStore(session.notices);
  return (
    <div className="notices" role="alert" data-testid="notices">
      {notices.map(({ key, problem }) => (
        <div className="notice" key={key} data-testid="notice">
          <div>
            <b>{problem.title}</b>
            {problem.detail}
            {problem.status === 0 ? null : (
              <small> HTTP {problem.status}{problem.requestId === null ? '' : `, request ${problem.requestId}`}</small>
            )}
          </div>
          <button className="button" type="button" onClick={() => session.dismiss(key)} data-testid="dismiss" aria-label={`Dismiss: ${problem.title}`}>
            Dismiss
          </button>
        </div>
      ))}
    </div>
  );
}
