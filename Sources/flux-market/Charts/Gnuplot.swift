import Glibc
import Market

/// A chart as a picture, drawn by gnuplot: a panel for each unit, London's days as grid lines.
struct Gnuplot {
  enum Format: String, CaseIterable {
    case svg, png
  }

  let format: Format
  let window: Window
  let london: LondonClock
  let title: String

  /// The picture's pixels across.
  static let width = 1_280
  private static let panelHeight = 340

  /// Draws into a file.
  ///
  /// - Throws: ``GnuplotError``.
  func draw(_ traces: [Trace], into path: String) throws(GnuplotError) {
    let folders = getenv("PATH").map { String(cString: $0).split(separator: ":") } ?? ["/usr/bin", "/bin"]
    guard folders.contains(where: { access("\($0)/gnuplot", X_OK) == 0 }) else { throw .missing }
    let status = run(script(traces, into: path))
    guard status == 0 else { throw .failed(status: status) }
  }

  /// Its words go to standard error; in a locale without £ it would complain of one.
  ///
  /// The C functions are `popen` and `pclose`.
  private func run(_ script: String) -> Int32 {
    guard let pipe = popen("LC_ALL=C.UTF-8 gnuplot", "we") else { return -1 }
    fputs(script, pipe)
    return pclose(pipe)
  }

  private func script(_ traces: [Trace], into path: String) -> String {
    var units: [Unit] = []
    for trace in traces where !units.contains(trace.signal.unit) { units.append(trace.signal.unit) }
    let height = Self.panelHeight * units.count + 60
    let terminal = format == .svg ? "svg size \(Self.width),\(height) dynamic" : "pngcairo size \(Self.width),\(height)"
    var lines = [
      "set encoding utf8", "set terminal \(terminal) font 'sans,11' background rgb 'white'",
      "set output \(quoted(path))",
    ]
    for (number, trace) in traces.enumerated() { lines += data(trace, name: "$signal\(number)") }
    let marks = TimeMark.marks(in: window, atMost: 14, london).map { "\(quoted($0.label)) \($0.instant.unixSeconds)" }
    lines += [
      "set multiplot layout \(units.count),1 title \(quoted(title)) font 'sans,12'",
      "set xrange [\(window.from.unixSeconds):\(window.to.unixSeconds)]",
      "set xtics (\(marks.joined(separator: ", "))) nomirror", "set ytics nomirror", "set border 3",
      "set grid xtics ytics linetype 1 linecolor rgb '#d8d8d8'", "set xzeroaxis linetype 1 linecolor rgb '#606060'",
      "set key tmargin left horizontal", "set lmargin 10", "set xlabel 'Europe/London'",
    ]
    let colours = ["#0060ad", "#c04000", "#208030", "#804090", "#907000"]
    for unit in units {
      let shown = traces.enumerated().filter { $0.element.signal.unit == unit }
      let curves = shown.map { number, trace in
        "$signal\(number) using 1:2 with steps linewidth 1.3 linecolor rgb '\(colours[number % colours.count])' "
          + "title \(quoted(trace.signal.name.replacing("_", with: "\\_")))"
      }
      lines += ["set ylabel \(quoted(unit.description))", "plot \(curves.joined(separator: ", "))"]
    }
    return (lines + ["unset multiplot", ""]).joined(separator: "\n")
  }

  /// A here-document of seconds and values; an empty line is a time without values.
  private func data(_ trace: Trace, name: String) -> [String] {
    var lines = ["\(name) << END"]
    let points = trace.points
    for (number, point) in points.enumerated() {
      lines.append("\(point.time.unixSeconds) \(point.value)")
      if number + 1 == points.count || points[number + 1].stretch != point.stretch {
        lines += ["\(point.end.unixSeconds) \(point.value)", ""]
      }
    }
    return lines + ["END"]
  }

  private func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
}

extension Instant {
  fileprivate var unixSeconds: Int64 { microseconds / 1_000_000 }
}

/// A picture that could not be drawn.
enum GnuplotError: Error, CustomStringConvertible {
  case missing
  case failed(status: Int32)

  var isMissing: Bool { if case .missing = self { true } else { false } }

  var description: String {
    switch self {
    case .missing:
      "gnuplot, which draws pictures, is not installed: apt-get install --no-install-recommends gnuplot-nox "
        + "(without -o the chart is drawn in the terminal)"
    case .failed(let status): "gnuplot could not draw the picture (status \(status)): its reason stands above"
    }
  }
}
