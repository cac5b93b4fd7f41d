/**
 * What a run has found. A mutant is `killed` where a test failed, `survived` where none did, `unreached` where no test runs its line, and
 * `timed out` where the tests did not end. Nobody can tell whether an assertion would have noticed the last kind, so it counts on no side.
 */
export function describeScore(name, mutants) {
  const count = (status) => mutants.filter((mutant) => mutant.status === status).length
  const [killed, survived, unreached, timedOut] = ['killed', 'survived', 'unreached', 'timed out'].map(count)
  const judged = killed + survived + unreached
  const score = judged === 0 ? 'none' : `${((100 * killed) / judged).toFixed(1)} %`
  return `${name}: ${score} (${killed} killed, ${survived} survived, ${unreached} unreached, ${timedOut} timed out)`
}

/** One line for each mutant that no test noticed: place, and what the code was changed into. */
export function listUnnoticed(mutants) {
  return mutants
    .filter(({ status }) => status !== 'killed')
    .map(({ status, place, change }) => `${status.padEnd(9)} ${place}  ${change.replace(/\s+/g, ' ').slice(0, 160)}`)
    .sort()
    .join('\n')
}
