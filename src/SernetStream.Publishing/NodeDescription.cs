namespace SernetStream.Publishing;

/// <summary>The description of a node, for hubs.</summary>
public sealed record NodeDescription
{
    /// <summary>Version of the daemon.</summary>
    public string Version { get; init; } = ProductVersion.Text;

    /// <summary>Name of the model, as in its card.</summary>
    public string Model { get; init; } = "";

    /// <summary>The model's labels, in its order; without <c>unknown</c> and <c>none</c>.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Where people can configure the node, such as its dashboard; null for nowhere.</summary>
    public Uri? ConfigurationUrl { get; init; }
}
