/** Preloaded into a measured process: says on stderr, at its end, how much memory it used at most. */
process.on('exit', () => {
  // maxRSS is in KiB on every system.
  process.stderr.write(`\npeak memory ${process.resourceUsage().maxRSS * 1024}\n`)
})
