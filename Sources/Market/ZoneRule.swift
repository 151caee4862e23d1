/// The rule that a zone follows after its listed transitions, such as `GMT0BST,M3.5.0/1,M10.5.0`.
///
/// Source: POSIX.1-2017, section 8.3 (TZ), with the hours beyond a day that RFC 9636 allows.
struct ZoneRule: Equatable {
  /// Seconds east of UTC, outside and inside summer time.
  let standardOffset: Int64
  let summer: Summer?

  struct Summer: Equatable {
    let offset: Int64
    let begins, ends: Day
  }

  /// A day of the year and the time the clocks show when they change.
  struct Day: Equatable {
    enum Form: Equatable {
      /// The `week`th `weekday` of `month`; week 5 is the last.
      case weekday(month: Int, week: Int, weekday: Int)
      /// 1 to 365, 29 February never counted.
      case julian(Int)
      /// 0 to 365, 29 February counted.
      case ordinal(Int)
    }
    let form: Form
    /// Seconds after 00:00.
    let time: Int64

    func seconds(in year: Int) -> Int64 {
      let newYear = CivilDate(year: year, month: 1, day: 1)!.daysSinceEpoch
      let isLeap = CivilDate.daysInMonth(year: year, month: 2) == 29
      let day: Int
      switch form {
      case .julian(let number): day = newYear + number - 1 + (isLeap && number >= 60 ? 1 : 0)
      case .ordinal(let number): day = newYear + number
      case .weekday(let month, let week, let weekday):
        let first = CivilDate(year: year, month: month, day: 1)!
        var dayOfMonth = (weekday - first.weekday + 7) % 7 + 1 + (week - 1) * 7
        while dayOfMonth > CivilDate.daysInMonth(year: year, month: month) { dayOfMonth -= 7 }
        day = first.daysSinceEpoch + dayOfMonth - 1
      }
      return Int64(day) * 86_400 + time
    }
  }

  /// The year's changes in the order they come.
  func changes(in year: Int) -> [ZoneFile.Transition] {
    guard let summer else { return [] }
    return [
      ZoneFile.Transition(at: summer.begins.seconds(in: year) - standardOffset, offset: summer.offset),
      ZoneFile.Transition(at: summer.ends.seconds(in: year) - summer.offset, offset: standardOffset),
    ].sorted { $0.at < $1.at }
  }

  /// - Returns: nil where the text is not of that form.
  init?(_ text: String) {
    var reader = Reader(text: text[...])
    guard reader.name(), let west = reader.time() else { return nil }
    standardOffset = -west
    if reader.isAtEnd {
      summer = nil
      return
    }
    guard reader.name() else { return nil }
    var summerOffset = -west + 3_600
    if !reader.starts(with: ",") {
      guard let west = reader.time() else { return nil }
      summerOffset = -west
    }
    guard reader.take(","), let begins = reader.day(), reader.take(","), let ends = reader.day(), reader.isAtEnd
    else { return nil }
    summer = Summer(offset: summerOffset, begins: begins, ends: ends)
  }

  private struct Reader {
    var text: Substring

    var isAtEnd: Bool { text.isEmpty }

    func starts(with character: Character) -> Bool { text.first == character }

    mutating func take(_ character: Character) -> Bool {
      guard text.first == character else { return false }
      text.removeFirst()
      return true
    }

    /// `GMT` or `<+03>`.
    mutating func name() -> Bool {
      if take("<") {
        guard let end = text.firstIndex(of: ">") else { return false }
        text = text[text.index(after: end)...]
        return true
      }
      let rest = text.drop(while: \.isLetter)
      guard text.distance(from: text.startIndex, to: rest.startIndex) >= 3 else { return false }
      text = rest
      return true
    }

    mutating func number() -> Int? {
      let rest = text.drop(while: \.isWholeNumber)
      guard let value = Int(text[text.startIndex..<rest.startIndex]) else { return nil }
      text = rest
      return value
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    mutating func time() -> Int64? {
      let sign: Int64 = take("-") ? -1 : 1
      if sign == 1 { _ = take("+") }
      // RFC 9636 lets a change lie up to a week from its day.
      guard let hours = number(), hours <= 167 else { return nil }
      var seconds = hours * 3_600
      for unit in [60, 1] where take(":") {
        guard let value = number(), value < 60 else { return nil }
        seconds += value * unit
      }
      return sign * Int64(seconds)
    }

    mutating func day() -> Day? {
      let form: Day.Form
      if take("M") {
        guard let month = number(), (1...12).contains(month), take("."), let week = number(), (1...5).contains(week),
          take("."), let weekday = number(), (0...6).contains(weekday)
        else { return nil }
        form = .weekday(month: month, week: week, weekday: weekday)
      } else if take("J") {
        guard let day = number(), (1...365).contains(day) else { return nil }
        form = .julian(day)
      } else {
        guard let day = number(), (0...365).contains(day) else { return nil }
        form = .ordinal(day)
      }
      guard take("/") else { return Day(form: form, time: 7_200) }
      guard let time = time() else { return nil }
      return Day(form: form, time: time)
    }
  }
}
