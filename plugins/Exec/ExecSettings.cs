using System.ComponentModel.DataAnnotations;

namespace SernetStream.Plugins.Exec;

/// <summary>The section <c>plugins: Exec:</c> of the configuration.</summary>
internal sealed class ExecSettings : IValidatableObject
{
    /// <summary>The program and its arguments, one a list entry. No shell reads them.</summary>
    [Required(ErrorMessage = "it must name the program to run, and its arguments.")]
    public string[]? Command { get; set; }

    /// <summary>Which events run it.</summary>
    public EmotionEventKind[] Kinds { get; set; } = [EmotionEventKind.Change];

    /// <summary>Seconds after which a command is killed, with all that it started.</summary>
    [Range(0.1, 3600, ErrorMessage = "it must be 0.1 to 3600 seconds.")]
    public double TimeLimit { get; set; } = 10;

    /// <summary>How many commands may run at the same time; events that come meanwhile are left out.</summary>
    [Range(1, 64, ErrorMessage = "it must be 1 to 64.")]
    public int AtOnce { get; set; } = 2;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) => Command is []
        ? [new ValidationResult("it must name the program to run, and its arguments.", [nameof(Command)])]
        : [];
}
