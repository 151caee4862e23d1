import ArgumentParser
import Intake
import Market
import Store
import Synchronization

struct PlotCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot",
    abstract: "A chart of signals: in the terminal, or as an SVG or PNG file.",
    discussion: """
      flux-market plot imbalance_price --from 3d
      flux-market plot imbalance_price niv_outturn --from 30d -o month.svg
      flux-market plot wholesale_price --from yesterday --as-of-lead 20m -o known.png

      Steps of half an hour; London's midnights are marked. Files are drawn by gnuplot (Debian: gnuplot-nox).
      """)

  @OptionGroup var signals: SignalArguments
  @OptionGroup var range: RangeOptions
  @OptionGroup var view: ViewOptions
  @OptionGroup var file: FileOptions
  @OptionGroup var database: DatabaseOptions

  private var format: Gnuplot.Format? {
    file.path.flatMap { $0.split(separator: ".").last }.flatMap { Gnuplot.Format(rawValue: $0.lowercased()) }
  }

  func validate() throws {
    guard view.count <= 1 else {
      throw ValidationError("--as-of, --as-of-lead and --first-release exclude each other")
    }
    guard file.path == nil || format != nil else {
      throw ValidationError("the name of a chart's file ends with .svg or .png")
    }
  }

  func run() async throws {
    let settings = try Settings()
    let now = Pacing.system.now()
    let window = try range.window(now: now, in: settings.london)
    let view = view.view(now: now, in: settings.london)
    let terminal = Terminal(environment: settings.environment)
    let database = try await DatabaseAccess(settings, simulated: database.simulated)
    let traces = try await database.with { [signals] connection in
      let wanted = try await signals.read(through: connection)
      let places = Dictionary(uniqueKeysWithValues: wanted.enumerated().map { ($0.element.id, $0.offset) })
      let traces = Mutex(wanted.map { Trace($0, window: window, places: 2 * Gnuplot.width) })
      let reader = HistoryReader(connection: connection, signals: wanted.map(\.id), window: window)
      try await reader.values(view) { values in
        traces.withLock { traces in
          for value in values { traces[places[value.signal] ?? 0].add(value.time, value.value) }
        }
      }
      return traces.withLock { $0 }
    }
    guard traces.contains(where: { $0.range != nil }) else {
      return tell("no values of \(signals.names.joined(separator: ", ")) in \(window)\(view.words)")
    }
    guard let path = file.path, let format else {
      let chart = BrailleChart(
        window: window, london: settings.london, width: terminal.width, isColoured: terminal.isColoured)
      return say(traces.map { chart.lines(of: $0).joined(separator: "\n") }.joined(separator: "\n\n"))
    }
    let picture = Gnuplot(
      format: format, window: window, london: settings.london,
      title: "\(range.from.text(now: now, in: settings.london)) to \(range.to.text(now: now, in: settings.london))"
        + view.words)
    let file = try OutputFile(path)
    do {
      try picture.draw(traces, into: file.workingPath)
    } catch {
      file.discard()
      throw error
    }
    file.publish()
  }
}
