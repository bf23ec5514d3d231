// helm test: every endpoint is operational and runs the chart's version. A new pod may need some seconds until the
// network policies know it, so each endpoint is asked again until the deadline.
const DEADLINE_MS = 60_000;
const until = Date.now() + DEADLINE_MS;

async function problemOf(url) {
  try {
    const health = await (await fetch(url, { signal: AbortSignal.timeout(5_000) })).json();
    if (health.status !== 'operational') return `is ${health.status}: ${JSON.stringify(health.problems)}`;
    if (health.version !== process.env.VERSION) return `runs version ${health.version} instead of ${process.env.VERSION}`;
    return undefined;
  } catch (error) {
    return `does not answer: ${error.cause?.message ?? error.message}`;
  }
}

const failures = await Promise.all(process.env.URLS.split(' ').map(async (url) => {
  for (;;) {
    const problem = await problemOf(url);
    if (problem === undefined) return console.log(`${url} is operational`);
    if (Date.now() > until) return console.error(`${url} ${problem}`) ?? true;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}));
process.exit(failures.includes(true) ? 1 : 0);
