using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace SernetStream.Mqtt.Statistics;

/// <summary>The file that keeps the sums of a day over a restart; the message that was published last.</summary>
/// <param name="path">Where; null: nowhere.</param>
/// <param name="log">The log, for a file that cannot be used; once.</param>
internal sealed class MoodDayFile(string? path, ILogger log)
{
    private const int LongestFile = 65536;
    private const double LongestDay = 26 * 3600;

    private bool _isComplained;

    /// <summary>What a day is called.</summary>
    public static string Name(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>The sums of a day; none if it was another day, or the file is damaged.</summary>
    public IReadOnlyDictionary<string, double> Read(DateOnly date)
    {
        var seconds = new Dictionary<string, double>();
        try
        {
            if (path is null || !File.Exists(path) || new FileInfo(path).Length > LongestFile)
            {
                return seconds;
            }

            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            if (document.RootElement.GetProperty("date").GetString() == Name(date))
            {
                foreach (var emotion in document.RootElement.GetProperty("seconds").EnumerateObject())
                {
                    seconds[emotion.Name] = Math.Clamp(emotion.Value.GetDouble(), 0, LongestDay);
                }
            }

            return seconds;
        }
        catch (Exception error)
            when (error is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            Complain(error);
            return new Dictionary<string, double>();
        }
    }

    /// <summary>Writes the sums. The new file takes the place of the old one in one step.</summary>
    public void Write(byte[] sums)
    {
        if (path is null)
        {
            return;
        }

        try
        {
            var next = path + ".new";
            using (var stream = new FileStream(next, FileMode.Create, FileAccess.Write))
            {
                stream.Write(sums);
                stream.Flush(flushToDisk: true);
            }

            File.Move(next, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Complain(error);
        }
    }

    private void Complain(Exception error)
    {
        if (!_isComplained)
        {
            _isComplained = true;
            log.LogWarning("MQTT: today's sums of emotions cannot be kept in {File} ({Reason}): a restart begins them anew", path, error.Message);
        }
    }
}
