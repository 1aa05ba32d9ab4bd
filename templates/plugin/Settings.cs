using System.ComponentModel.DataAnnotations;

namespace MoodPlugin;

/// <summary>The section of the plugin in the configuration. The key of LeastConfidence is least_confidence.</summary>
public sealed class Settings
{
    [Range(0, 1, ErrorMessage = "it must be 0 to 1.")]
    public double LeastConfidence { get; set; } = 0.5;
}
