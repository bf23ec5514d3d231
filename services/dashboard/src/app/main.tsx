import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import 'uplot/dist/uPlot.min.css';
import { browserPorts } from './browser-ports.ts';
import { Desk } from './components/desk.tsx';
import { SessionContext } from './components/use-store.ts';
import { addressQuery, readAddress } from './data/address.ts';
import { Session } from './data/session.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/layout.css';
import './styles/controls.css';
import './styles/panels.css';
import './styles/pages.css';

const session = new Session(browserPorts, readAddress(location.search));
const here = (): string => addressQuery({ page: session.page.get(), symbol: session.market.symbol.get() });

session.market.symbol.subscribe(() => history.replaceState(null, '', here()));
session.page.subscribe(() => {
  // The page that the browser has gone back to is in the address already.
  if (readAddress(location.search).page !== session.page.get()) history.pushState(null, '', here());
});
addEventListener('popstate', () => session.page.set(readAddress(location.search).page));

session.start();

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <SessionContext value={session}>
      <Desk />
    </SessionContext>
  </StrictMode>,
);
