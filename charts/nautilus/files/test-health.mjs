// helm test: every endpoint is operational and runs the chart's version.
const failures = [];
for (const url of process.env.URLS.split(' ')) {
  try {
    const health = await (await fetch(url, { signal: AbortSignal.timeout(5_000) })).json();
    const problem = health.status !== 'operational' ? `is ${health.status}: ${JSON.stringify(health.problems)}`
      : health.version !== process.env.VERSION ? `runs version ${health.version} instead of ${process.env.VERSION}` : undefined;
    if (problem === undefined) console.log(`${url} is operational`);
    else failures.push(`${url} ${problem}`);
  } catch (error) {
    failures.push(`${url} does not answer: ${error.message}`);
  }
}
for (const failure of failures) console.error(failure);
process.exit(failures.length === 0 ? 0 : 1);
