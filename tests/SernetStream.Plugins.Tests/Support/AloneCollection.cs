namespace SernetStream.Plugins.Tests.Support;

/// <summary>Tests that measure the memory of this process or a duration, or change its environment: they run alone.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class AloneCollection;
