internal import Market

/// Axle Energy: a token for a password, and each battery's schedule.
struct Axle: Sendable {
  let dice: Dice
  let london: LondonClock
  let username: String
  let password: String
  let assets: [String]

  /// A token's life, by the simulator's clock.
  static let tokenLife = Duration.hours(1)

  // MARK: - POST /auth/token-form

  /// - Parameter form: the decoded pairs of the form.
  func token(form: [String: String], at now: Instant) -> Reply {
    for name in ["username", "password"] where form[name] == nil {
      return .text(
        .unprocessable,
        #"{"detail":[{"loc":["body","\#(name)"],"msg":"field required","type":"value_error.missing"}]}"#)
    }
    guard form["username"] == username, form["password"] == password else {
      return .text(.unauthorized, #"{"detail":"Incorrect username or password"}"#)
    }
    return .text(.ok, #"{"access_token":"\#(token(issued: now))","token_type":"bearer"}"#)
  }

  /// Carries its time of issue and a proof of it, so that nothing has to be remembered.
  private func token(issued: Instant) -> String {
    let proof = dice.bits(Int(issued.microseconds), 0, .token)
    return "sim.\(issued.microseconds).\(String(proof, radix: 16))"
  }

  private func isValid(_ authorization: String?, at now: Instant) -> Bool {
    guard let authorization, authorization.lowercased().hasPrefix("bearer ") else { return false }
    let given = authorization.dropFirst(7)
    let parts = given.split(separator: ".")
    guard parts.count == 3, let microseconds = Int64(parts[1]) else { return false }
    let issued = Instant(microseconds: microseconds)
    return given == token(issued: issued) && now >= issued && now.since(issued) < Self.tokenLife
  }

  // MARK: - GET /entities/asset/{asset_id}/battery-schedule

  /// The steps of today and tomorrow that have not ended; they may overlap. Last, and so of the least weight, comes
  /// what the batteries are to do while nothing else is asked, until the next plan: one step is always in progress.
  func batterySchedule(asset: String, authorization: String?, at now: Instant) -> Reply {
    guard isValid(authorization, at: now) else {
      return .text(.unauthorized, #"{"detail":"Could not validate credentials"}"#)
    }
    guard let number = assets.firstIndex(of: asset) else {
      return .text(.notFound, #"{"detail":"Asset not found"}"#)
    }
    // Planned anew every four hours of the clock.
    let block: Int64 = 4 * 3_600_000_000
    let updated = Instant(microseconds: now.microseconds / block * block)
    var body: [UInt8] = []
    body.append(#"{"schedule_steps":["#)
    let opening = body.count
    let today = SettlementDate(containing: now, in: london)
    let plan = Int(updated.microseconds / block)
    let planned = [today, today.advanced(by: 1)].flatMap { steps($0, asset: number, plan: plan) }
      + [meanwhile(asset: number, plan: plan, from: updated, to: updated.advanced(by: .microseconds(block)))]
    var noted: [Reply.Step] = []
    for step in planned where step.end > now {
      noted.append(Reply.Step(asset: asset, start: step.start, end: step.end, action: step.action))
      if body.count > opening { body.append(",") }
      body.append(#"{"start_timestamp":""#)
      body.append(step.start)
      body.append(#"","end_timestamp":""#)
      body.append(step.end)
      body.append(#"","action":""#)
      body.append(step.action)
      body.append(#"","allow_deviation":"#)
      body.append(step.action.hasPrefix("avoid") ? "true}" : "false}")
    }
    body.append(#"],"schedule_last_updated":""#)
    body.append(updated)
    body.append(#""}"#)
    var reply = Reply.json(body)
    reply.steps = noted
    return reply
  }

  private struct Step {
    let start, end: Instant
    let action: String
  }

  private func meanwhile(asset: Int, plan: Int, from start: Instant, to end: Instant) -> Step {
    let stays = dice.once(in: 2, plan, asset * 10 + 9, .schedule)
    return Step(start: start, end: end, action: stays ? "avoid_import" : "avoid_export")
  }

  /// A night's charge, an evening's discharge, and by chance some of: a midday charge, care before the peak (which may
  /// overlap it), and an extra discharge that a later plan may drop.
  private func steps(_ date: SettlementDate, asset: Int, plan: Int) -> [Step] {
    let midnight = date.start(in: london)
    let day = date.date.daysSinceEpoch
    func chance(_ count: Int, _ purpose: Int) -> Int {
      dice.number(below: UInt64(count), day, asset * 10 + purpose, .schedule)
    }
    func step(_ halfHour: Int, _ halfHours: Int, _ action: String) -> Step {
      let start = midnight.advanced(by: .minutes(30 * halfHour))
      return Step(start: start, end: start.advanced(by: .minutes(30 * halfHours)), action: action)
    }
    var steps = [step(2 + chance(5, 0), 3 + chance(4, 1), "charge_max")]
    if chance(2, 2) == 0 { steps.append(step(24 + chance(3, 3), 2 + chance(3, 4), "charge_max")) }
    let peak = 33 + chance(4, 5)
    if chance(2, 6) == 0 { steps.append(step(peak - 3, 4, "avoid_import")) }
    steps.append(step(peak, 3 + chance(3, 7), "discharge_max"))
    if chance(2, 8) == 0 { steps.append(step(43, 3, "avoid_export")) }
    if dice.once(in: 3, plan, asset * 10 + day % 2, .schedule) { steps.append(step(15, 3, "discharge_max")) }
    return steps
  }
}

/// The pairs of a body of type `application/x-www-form-urlencoded`; what cannot be decoded stays as it is.
///
/// Source: WHATWG URL Standard, section 5.1.
func formPairs(_ text: String) -> [String: String] {
  var pairs: [String: String] = [:]
  for pair in text.utf8.split(separator: UInt8(ascii: "&")) {
    let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
    pairs[formDecoded(parts[0])] = parts.count == 2 ? formDecoded(parts[1]) : ""
  }
  return pairs
}

private func formDecoded(_ text: Substring.UTF8View) -> String {
  var bytes: [UInt8] = []
  var rest = text
  while let byte = rest.popFirst() {
    if byte == UInt8(ascii: "%"), let value = UInt8(String(rest.prefix(2)) ?? "", radix: 16), rest.count >= 2 {
      bytes.append(value)
      rest = rest.dropFirst(2)
    } else {
      bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
    }
  }
  return String(decoding: bytes, as: UTF8.self)
}
