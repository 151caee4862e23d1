import Glibc

/// Seconds that this thread has computed. Other programs on the machine do not add to it, as they do to a wall clock.
func processorSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Calls `work` as often in each round as fills `least` seconds; the median of the rounds, in seconds a call.
func medianSeconds(rounds: Int, least: Double = 0.05, _ work: () throws -> Void) rethrows -> Double {
  var calls = 1
  while true {
    let start = processorSeconds()
    for _ in 0..<calls { try work() }
    let seconds = processorSeconds() - start
    if seconds >= least { break }
    calls = seconds > 0 ? max(calls + 1, Int(Double(calls) * least / seconds * 1.1)) : calls * 10
  }
  var taken: [Double] = []
  for _ in 0..<rounds {
    let start = processorSeconds()
    for _ in 0..<calls { try work() }
    taken.append((processorSeconds() - start) / Double(calls))
  }
  return taken.sorted()[rounds / 2]
}
