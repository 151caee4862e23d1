internal import Market

/// Which answer goes wrong, and how: a function of the seed, the request's number and the time, so that a run of the
/// same requests goes wrong in the same way again.
package struct FaultPlan: Sendable {
  private let rules: [FaultRule]

  package static let none = FaultPlan(rules: [])
  /// For `--help`.
  package static let grammar =
    "FAULT[=ARGUMENT][:PROBABILITY][@HOST[/PATH]][:FROM-[TO]]; the faults are \(FaultRule.names)"

  private init(rules: [FaultRule]) { self.rules = rules }

  /// Always this fault, on every host.
  package init(_ fault: Fault) { rules = [FaultRule(fault: fault)] }

  /// Reads rules with commas between, `html:0.05,status=503:0.1@elexon,outage@modo:60s-90s`.
  package init(specification text: String) throws(FaultMistake) {
    var rules: [FaultRule] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let part = part.drop { $0 == " " }
      guard !part.isEmpty else { throw FaultMistake(rule: text, reason: "there is nothing between two commas") }
      rules.append(try FaultRule(part))
    }
    self.rules = rules
  }

  /// What befalls a request; the first rule that holds decides.
  ///
  /// - Parameters:
  ///   - path: after the host's base.
  ///   - number: counts the simulator's requests from 1.
  func fault(
    _ host: SimulatedHost, _ path: String, number: Int, at now: Instant, start: Instant, dice: Dice
  ) -> Fault? {
    for (index, rule) in rules.enumerated() {
      guard rule.host ?? host == host, path.hasPrefix(rule.path), rule.span?.contains(now, start: start) ?? true,
        dice.share(number, index, .fault) < rule.probability
      else { continue }
      return rule.fault
    }
    return nil
  }
}

extension FaultRule.Span {
  fileprivate func contains(_ now: Instant, start: Instant) -> Bool {
    func instant(_ moment: FaultRule.Moment) -> Instant {
      switch moment {
      case .sinceStart(let length): start.advanced(by: length)
      case .wall(let instant): instant
      }
    }
    return instant(from) <= now && to.map { now < instant($0) } ?? true
  }
}
