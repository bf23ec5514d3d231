/** Ids that rise and never repeat within a process, in the shape of a UUIDv7. */
export function createIds(): () => string {
  let next = 0;
  const run = Math.floor(performance.timeOrigin).toString(16).padStart(12, '0');
  return () => {
    const tail = (next++).toString(16).padStart(12, '0');
    return `${run.slice(0, 8)}-${run.slice(8)}-7000-8000-${tail}`;
  };
}
