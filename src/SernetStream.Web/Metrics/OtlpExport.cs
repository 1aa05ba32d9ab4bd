using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using SernetStream.Configuration;

namespace SernetStream.Web.Metrics;

/// <summary>
/// Sends the metrics to an OpenTelemetry collector. Headers and the like come from the usual variables
/// OTEL_EXPORTER_OTLP_…
/// </summary>
internal static class OtlpExport
{
    private const string MetricsPath = "/v1/metrics";

    /// <summary>Starts to send; null: no collector was named. Disposing it sends what is left.</summary>
    public static IDisposable? Start(SettingValues settings)
    {
        if (settings.Get(Settings.OtlpEndpoint) is not { Length: > 0 } endpoint)
        {
            return null;
        }

        var isHttp = settings.Get(Settings.TelemetryProtocol) == Configuration.OtlpProtocol.Http;
        var address = new Uri(endpoint);
        if (isHttp && address.AbsolutePath == "/")
        {
            address = new Uri(address, MetricsPath);
        }

        return Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.AddService(
                "sernetd", serviceVersion: ProductVersion.Text, serviceInstanceId: settings.Node()))
            .AddMeter(NodeMetrics.Name, "System.Runtime")
            .AddOtlpExporter((exporter, reader) =>
            {
                exporter.Endpoint = address;
                exporter.Protocol = isHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds =
                    (int)(settings.Get(Settings.TelemetryInterval) * 1000);
            })
            .Build();
    }
}
