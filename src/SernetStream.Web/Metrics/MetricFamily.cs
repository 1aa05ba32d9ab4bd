using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace SernetStream.Web.Metrics;

/// <summary>
/// One instrument as Prometheus sees it: a family of time series. Names follow OpenTelemetry's "Prometheus and
/// OpenMetrics compatibility": dots become underscores, the unit and <c>_total</c> are appended.
/// </summary>
internal sealed class MetricFamily
{
    private static readonly Dictionary<string, string> Units = new(StringComparer.Ordinal)
    {
        ["s"] = "seconds",
        ["ms"] = "milliseconds",
        ["By"] = "bytes",
        ["Hz"] = "hertz",
        ["dB"] = "decibels",
        ["%"] = "percent",
    };

    private static readonly double[] NoBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, Series> _series = new(StringComparer.Ordinal);
    private readonly Instrument _instrument;
    private readonly string _type;
    private readonly double[] _bounds = [];
    private readonly bool _accumulates;
    private readonly string _meterLabels;
    private readonly bool _isObserved;

    public MetricFamily(Instrument instrument)
    {
        _instrument = instrument;
        _meterLabels = LabelsOf([.. instrument.Meter.Tags ?? []]);
        _isObserved = instrument.IsObservable;
        var kind = instrument.GetType().Name.Split('`')[0];
        (_type, _accumulates) = kind switch
        {
            "Counter" => ("counter", true),
            "ObservableCounter" => ("counter", false),
            "UpDownCounter" => ("gauge", true),
            "Histogram" => ("histogram", true),
            _ => ("gauge", false),
        };
        if (_type == "histogram")
        {
            _bounds = instrument is Instrument<double> { Advice.HistogramBucketBoundaries: { } bounds } ? [.. bounds] : NoBounds;
        }

        Name = NameOf(instrument, _type);
    }

    /// <summary>The name of the family, as in the text.</summary>
    public string Name { get; }

    /// <summary>
    /// An observed value is read at each collection, and disappears if it is not reported again. A recorded value, such
    /// as that of a gauge that is set, stays.
    /// </summary>
    public void BeginCollection()
    {
        if (_isObserved)
        {
            lock (_gate)
            {
                _series.Clear();
            }
        }
    }

    /// <summary>Takes a measurement.</summary>
    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var own = LabelsOf(tags);
        var labels = _meterLabels.Length > 0 && own.Length > 0 ? $"{_meterLabels},{own}" : _meterLabels + own;
        lock (_gate)
        {
            if (!_series.TryGetValue(labels, out var series))
            {
                _series[labels] = series = new Series { Buckets = new long[_bounds.Length + 1] };
            }

            if (_type == "histogram")
            {
                var bucket = _bounds.AsSpan().BinarySearch(value);
                series.Buckets[bucket < 0 ? ~bucket : bucket]++;
                series.Count++;
                series.Value += value;
            }
            else
            {
                series.Value = _accumulates ? series.Value + value : value;
            }
        }
    }

    /// <summary>Writes the family: help, type, and a line for each series; nothing if there is none.</summary>
    /// <param name="text">Takes it.</param>
    /// <param name="isFirst">Whether no other room's of the same name was written before.</param>
    /// <returns>Whether something was written.</returns>
    public bool Write(StringBuilder text, bool isFirst = true)
    {
        lock (_gate)
        {
            if (_series.Count == 0)
            {
                return false;
            }

            if (isFirst)
            {
                WriteHead(text);
            }

            WriteSeries(text);
            return true;
        }
    }

    private void WriteHead(StringBuilder text)
    {
        text.Append("# HELP ").Append(Name).Append(' ')
            .Append(Escaped(_instrument.Description ?? _instrument.Name, quotes: false)).Append('\n');
        text.Append("# TYPE ").Append(Name).Append(' ').Append(_type).Append('\n');
    }

    private void WriteSeries(StringBuilder text)
    {
        foreach (var (labels, series) in _series)
        {
            if (_type == "histogram")
            {
                WriteHistogram(text, labels, series);
            }
            else
            {
                Line(text, Name, labels, series.Value);
            }
        }
    }

    private void WriteHistogram(StringBuilder text, string labels, Series series)
    {
        var separator = labels.Length == 0 ? "" : ",";
        var below = 0L;
        for (var i = 0; i < _bounds.Length; i++)
        {
            below += series.Buckets[i];
            Line(text, Name + "_bucket", $"{labels}{separator}le=\"{Number(_bounds[i])}\"", below);
        }

        Line(text, Name + "_bucket", $"{labels}{separator}le=\"+Inf\"", series.Count);
        Line(text, Name + "_sum", labels, series.Value);
        Line(text, Name + "_count", labels, series.Count);
    }

    private static void Line(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
        {
            text.Append('{').Append(labels).Append('}');
        }

        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string NameOf(Instrument instrument, string type)
    {
        var name = Identifier(instrument.Name);
        var unit = instrument.Unit ?? "";
        if (Units.TryGetValue(unit, out var word) && !name.EndsWith("_" + word, StringComparison.Ordinal))
        {
            name += "_" + word;
        }

        if (type == "gauge" && name.EndsWith("_count", StringComparison.Ordinal))
        {
            // Of the runtime's own; the ending belongs to histograms.
            name = name[..^"_count".Length];
        }

        return type == "counter" && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            return "";
        }

        var text = new StringBuilder();
        foreach (var (key, value) in tags)
        {
            text.Append(text.Length > 0 ? "," : "").Append(Identifier(key)).Append("=\"")
                .Append(Escaped(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "", quotes: true)).Append('"');
        }

        return text.ToString();
    }

    /// <summary>Letters, digits and underscores; no digit in front.</summary>
    private static string Identifier(string name)
    {
        var letters = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
        return char.IsAsciiDigit(letters[0]) ? "_" + letters : letters;
    }

    private static string Escaped(string text, bool quotes)
    {
        var escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quotes ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped;
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private sealed class Series
    {
        public double Value { get; set; }

        public long Count { get; set; }

        public required long[] Buckets { get; init; }
    }
}
