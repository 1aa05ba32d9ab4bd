using System.Diagnostics.Metrics;
using System.Text;

namespace SernetStream.Web.Metrics;

/// <summary>
/// Listens to the meters of this process and writes what they say in Prometheus' text format, version 0.0.4
/// ("Exposition formats" of its documentation): ours, and the runtime's own.
/// </summary>
internal sealed class PrometheusText : IDisposable
{
    private const string ContentType = "text/plain; version=0.0.4; charset=utf-8";
    private const string RuntimeMeter = "System.Runtime";

    private readonly MeterListener _listener = new();
    private readonly Lock _gate = new();
    private readonly List<MetricFamily> _families = [];

    /// <summary>Listens from now on.</summary>
    /// <param name="isOurs">Which meters beside the runtime's; null: all of the name <see cref="NodeMetrics.Name"/>.</param>
    public PrometheusText(Func<Meter, bool>? isOurs = null)
    {
        isOurs ??= meter => meter.Name == NodeMetrics.Name;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (isOurs(instrument.Meter) || instrument.Meter.Name == RuntimeMeter)
            {
                var family = new MetricFamily(instrument);
                lock (_gate)
                {
                    _families.Add(family);
                }

                listener.EnableMeasurementEvents(instrument, family);
            }
        };
        _listener.MeasurementsCompleted = (_, state) =>
        {
            lock (_gate)
            {
                _families.Remove((MetricFamily)state!);
            }
        };
        Take<byte>(value => value);
        Take<short>(value => value);
        Take<int>(value => value);
        Take<long>(value => value);
        Take<float>(value => value);
        Take<double>(value => value);
        Take<decimal>(value => (double)value);
        _listener.Start();
    }

    /// <summary>Everything as it is now.</summary>
    public string Collect()
    {
        lock (_gate)
        {
            foreach (var family in _families)
            {
                family.BeginCollection();
            }

            _listener.RecordObservableInstruments();
            var text = new StringBuilder(16 * 1024);
            foreach (var sameName in _families.GroupBy(family => family.Name).OrderBy(families => families.Key, StringComparer.Ordinal))
            {
                var isFirst = true;
                foreach (var family in sameName)
                {
                    isFirst &= !family.Write(text, isFirst);
                }
            }

            return text.ToString();
        }
    }

    /// <summary>Answers <c>/metrics</c>.</summary>
    public Task ServeAsync(HttpContext context)
    {
        context.Response.ContentType = ContentType;
        return context.Response.WriteAsync(Collect(), Encoding.UTF8);
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private void Take<T>(Func<T, double> toNumber)
        where T : struct =>
        _listener.SetMeasurementEventCallback<T>((_, value, tags, state) => ((MetricFamily?)state)?.Record(toNumber(value), tags));
}
